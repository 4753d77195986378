"""What happens to leads that come again, that changed, that are wrong, that are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record, state

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_an_identical_second_run_sends_nothing(
    work: Workplace, posts: Callable[[], int], arrived: Callable[[], dict[str, int]]
) -> None:
    numbers = range(1, 31)
    assert work.run(leads(*numbers)).code == 0
    assert posts() == 30
    again = work.run(leads(*numbers))
    assert again.code == 0
    assert posts() == 30
    assert again.summary["skipped"] == 30
    assert again.states[-1] == {"bookmark": 30}
    assert set(arrived().values()) == {1}


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(lead(1).items())),
        lead(1, firstname="  Lise "),
        lead(1, project_description="Replant an  orchard\nof old apple\tvarieties "),
        lead(1, project_total_budget=18000),
        {**lead(1), "city": None, "turnover": ""},
        lead(1, tags=["new"], updated_at="2026-01-01", _sdc_sequence=4),
        lead(1, id="1"),
    ],
    ids=["key order", "outer space", "inner space", "number", "null", "other fields", "key text"],
)
def test_another_spelling_of_the_same_lead_is_skipped(
    work: Workplace, posts: Callable[[], int], same: dict[str, Any]
) -> None:
    assert work.run([SCHEMA, record(lead(1))]).code == 0
    result = work.run([SCHEMA, record(same)])
    assert result.code == 0, result.err
    assert result.summary["skipped"] == 1
    assert posts() == 1


def test_unicode_forms_of_the_same_name_are_the_same(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run([SCHEMA, record(lead(1, lastname="Gu\u00e9rin"))]).code == 0
    assert work.run([SCHEMA, record(lead(1, lastname="Gue\u0301rin"))]).code == 0
    assert posts() == 1


def test_a_changed_lead_is_rejected_by_default(work: Workplace, posts: Callable[[], int]) -> None:
    assert work.run(leads(1)).code == 0
    result = work.run([SCHEMA, record(lead(1, city="Angers")), state(2)])
    assert result.code == 3
    assert posts() == 1
    assert work.statuses() == ["acknowledged"]
    [dead] = work.dead_letters()
    assert dead["city"] == "Angers"
    assert "on_changed" in dead["_sdc_dead_letter_reason"]


def test_a_changed_lead_is_sent_if_on_changed_says_so(
    work: Workplace, posts: Callable[[], int]
) -> None:
    changed = [SCHEMA, record(lead(1, city="Angers"))]
    assert work.run(leads(1)).code == 0
    assert work.run(changed, on_changed="send").code == 0
    assert posts() == 2
    assert work.run(changed, on_changed="send").summary["skipped"] == 1
    assert posts() == 2


def test_an_unknown_lead_is_held_or_retried(
    work: Workplace,
    fault: Callable[..., None],
    posts: Callable[[], int],
    arrived: Callable[[], dict[str, int]],
) -> None:
    fault("reset_before")
    assert work.run(leads(1)).code == 4
    held = work.run(leads(1))
    assert held.code == 4
    assert posts() == 1
    retried = work.run([SCHEMA], on_unknown="retry")
    assert retried.code == 0, retried.err
    assert list(arrived().values()) == [1]


def test_with_on_unknown_retry_an_ambiguous_post_is_sent_again_in_the_same_run(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=502)
    assert work.run(leads(1), on_unknown="retry").code == 0
    assert posts() == 2


def test_an_unknown_lead_makes_later_runs_fail_until_it_is_resolved(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("reset_after")
    work.run(leads(1))
    assert work.run(leads(2)).code == 4
    assert work.journal("resolve", "1", "--delivered").code == 0
    assert work.run(leads(1, 2, 3)).code == 0


def test_rejects_within_the_thresholds_are_no_failure(work: Workplace) -> None:
    messages = [*leads(1, 2), record(lead(3, phone=None)), state("end")]
    assert work.run(messages).code == 3
    within = work.run(messages, max_rejected=1)
    assert within.code == 0
    assert within.states[-1] == "end"
    assert work.run(messages, max_rejected=1, max_rejected_ratio=0.2).code == 3
    assert work.run(messages, max_rejected=1, max_rejected_ratio=0.34).code == 0


def test_everything_else_is_delivered_before_rejects_fail_the_run(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    wrong = [record(lead(number, phone=None)) for number in range(1, 16)]
    good = [record(lead(number)) for number in range(16, 21)]
    result = work.run([SCHEMA, *wrong, *good, state("end")])
    assert result.code == 3
    assert len(arrived()) == 5
    assert result.states[-1] == "end"
    assert "15 leads rejected" in result.last_line


def test_too_many_failures_in_a_row_stop_the_run_at_once(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=500, times=None)
    result = work.run(leads(*range(1, 100)), concurrency=1, max_consecutive_failures=3)
    assert result.code == 6
    assert posts() == 3
    assert "3 leads in a row" in result.last_line


def test_a_delivered_lead_ends_a_row_of_failures(tmp_path: Path) -> None:
    def answer(connection: socket.socket, body: dict[str, Any]) -> None:
        every_third = int(body["phone"]) % 3 == 0
        connection.sendall(OK if every_third else reply(500))

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 10)), concurrency=1, max_consecutive_failures=3)
    assert result.code == 4
    assert result.summary["planned"] == 0
    assert result.summary["unknown"] == 6


def test_a_dry_run_tells_the_plan_and_does_nothing(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run(leads(1)).code == 0
    before = {path.name: path.read_bytes() for path in work.folder.glob("journal.db*")}
    messages = [*leads(1, 2), record(lead(3, phone=None)), record(lead(1, city="Angers"))]
    result = work.run(messages, dry_run=True)
    assert result.code == 0
    assert result.out == ""
    assert posts() == 1
    assert "1 create, 1 skip, 0 hold, 2 reject" in result.err
    assert "phone is missing" in result.err
    assert "@" not in result.err
    assert {p.name: p.read_bytes() for p in work.folder.glob("journal.db")} == {
        "journal.db": before["journal.db"]
    }


def test_a_dry_run_begins_no_journal(work: Workplace) -> None:
    assert work.run(leads(1, 1), dry_run=True).code == 0
    assert sorted(path.name for path in work.folder.iterdir()) == ["config.json", "input.singer"]


def test_defaults_fill_what_is_absent_null_or_empty(work: Workplace, box: Any) -> None:  # noqa: ANN401
    fields = {"lead_source": "partner-site", "phone": "0600000009", "city": "Tours"}
    records = [record(lead(1, phone=None)), record({**lead(2), "phone": None, "city": ""})]
    assert work.run([SCHEMA, *records], defaults=fields).code == 0
    for received in box.control("GET", "/leads"):
        assert fields.items() <= received["body"].items()


def test_a_lead_is_the_same_in_all_streams_only_with_lead_key(
    work: Workplace, posts: Callable[[], int]
) -> None:
    other = {**SCHEMA, "stream": "deals"}
    messages = [SCHEMA, other, record(lead(1)), record(lead(1), "deals")]
    assert work.run(messages).code == 0
    assert posts() == 2
    by_email = work.run(messages, lead_key=["email"], allow_new_journal=True)
    assert by_email.summary["skipped"] == 1
    assert posts() == 3


def test_without_a_key_the_stream_is_refused(work: Workplace, posts: Callable[[], int]) -> None:
    schema = {**SCHEMA, "key_properties": []}
    result = work.run([schema, record(lead(1))])
    assert result.code == 2
    assert "lead_key" in result.last_line
    assert posts() == 0
    assert work.run([schema, record(lead(1))], lead_key=["email"]).code == 0
