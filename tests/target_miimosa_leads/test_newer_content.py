"""A lead in doubt that comes again with other content: the newest is sent or rejected at last."""

from __future__ import annotations

import io
import json
import typing as t

import pytest

from tests.target_miimosa_leads.support import (
    FIRST,
    SCHEMA,
    SECOND,
    THIRD,
    Workplace,
    as_text,
    come,
    lead,
    record,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

DELIVERED, NOT_DELIVERED = ("resolve", "1", "--delivered"), ("resolve", "1", "--not-delivered")


@pytest.fixture
def doubtful(work: Workplace, fault: Callable[..., None]) -> Workplace:
    """A journal with one lead in doubt, whose newer content was held."""
    fault("status", status=500)
    assert work.run(come(FIRST)).code == 4
    held = work.run(come(SECOND))
    assert held.code == 4
    assert held.states == ["after it"]
    return work


def test_not_delivered_it_is_sent_with_its_newest_content(
    doubtful: Workplace, phones: Callable[[], list[str]], posts: Callable[[], int]
) -> None:
    held = doubtful.run(come(THIRD))
    assert held.code == 4
    assert "nobody knows whether it arrived, and its newer content waits" in held.err
    resolved = doubtful.journal(*NOT_DELIVERED)
    assert resolved.code == 0
    assert "with its newer content" in resolved.last_line
    before = posts()
    assert doubtful.journal("replay").code == 0
    assert doubtful.run(come(THIRD)).summary["skipped"] == 1
    assert phones() == [THIRD]
    assert posts() == before + 1
    assert doubtful.dead_letters() == []
    assert doubtful.statuses() == ["acknowledged"]


def test_delivered_its_newer_content_is_rejected_by_default(
    doubtful: Workplace, posts: Callable[[], int]
) -> None:
    assert doubtful.run(come(THIRD)).code == 4
    resolved = doubtful.journal(*DELIVERED)
    assert resolved.code == 0
    assert "its newer content was rejected" in resolved.err
    [dead] = doubtful.dead_letters()
    assert dead["phone"] == THIRD
    assert "on_changed" in dead["_sdc_dead_letter_reason"]
    assert doubtful.statuses() == ["acknowledged"]
    assert "1 lead rejected" in doubtful.run([SCHEMA]).last_line
    assert doubtful.run(come(FIRST)).summary["skipped"] == 1
    assert posts() == 0
    left = b"".join(path.read_bytes() for path in doubtful.folder.glob("journal.db*"))
    assert not any(phone.encode() in left for phone in (FIRST, SECOND, THIRD))


def test_delivered_its_newer_content_is_sent_if_on_changed_says_so(
    doubtful: Workplace, phones: Callable[[], list[str]]
) -> None:
    doubtful.settings["on_changed"] = "send"
    assert doubtful.journal(*DELIVERED).code == 0
    assert doubtful.statuses() == ["planned"]
    assert doubtful.journal("replay").code == 0
    assert doubtful.run(come(SECOND)).summary["skipped"] == 1
    assert phones() == [SECOND]


@pytest.mark.parametrize(("answer", "arrived"), [(DELIVERED, []), (NOT_DELIVERED, [FIRST])])
def test_content_that_was_taken_back_is_not_newer(
    doubtful: Workplace,
    phones: Callable[[], list[str]],
    answer: tuple[str, ...],
    arrived: list[str],
) -> None:
    assert doubtful.run(come(FIRST)).code == 4
    assert doubtful.journal(*answer).code == 0
    assert doubtful.journal("replay").code == 0
    assert phones() == arrived
    assert doubtful.dead_letters() == []


def test_another_row_that_is_the_same_lead_takes_nothing_back(
    work: Workplace, fault: Callable[..., None]
) -> None:
    work.settings["lead_key"] = ["email"]
    fault("status", status=500)
    assert work.run(come(FIRST)).code == 4
    first, other = record(lead(1, phone=FIRST)), record(lead(1, id=2, phone=SECOND))
    assert work.run([SCHEMA, other, first]).code == 4
    assert work.journal(*DELIVERED).code == 0
    assert [dead["phone"] for dead in work.dead_letters()] == [SECOND]


@pytest.mark.parametrize(
    ("answer", "status"), [(DELIVERED, "acknowledged"), (NOT_DELIVERED, "rejected")]
)
def test_newer_content_that_is_wrong_is_rejected_when_the_lead_is_resolved(
    doubtful: Workplace, phones: Callable[[], list[str]], answer: tuple[str, ...], status: str
) -> None:
    assert doubtful.run(come(None)).code == 4
    assert doubtful.journal(*answer).code == 0
    assert doubtful.statuses() == [status]
    [dead] = doubtful.dead_letters()
    assert "phone is missing" in dead["_sdc_dead_letter_reason"]
    assert doubtful.journal("replay").code == 0
    assert phones() == []
    mended = doubtful.dead_letter.read_text().replace('"email":', f'"phone":"{THIRD}","email":')
    doubtful.dead_letter.write_text(mended)
    assert doubtful.run_file(doubtful.dead_letter, on_changed="send").code == 0
    assert phones() == [THIRD]
    assert doubtful.dead_letters() == []


def test_newer_content_outlives_a_kill(
    work: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    fault("status", status=500)
    assert work.run(come(FIRST)).code == 4
    process = work.start()
    assert process.stdin
    assert process.stdout
    process.stdin.write(as_text(come(SECOND)))
    process.stdin.flush()
    # STATE has passed the record: it will not come again.
    assert json.loads(process.stdout.readline()) == "after it"
    process.kill()
    process.communicate()
    assert work.journal(*NOT_DELIVERED).code == 0
    assert work.journal("replay").code == 0
    assert phones() == [SECOND]


@pytest.mark.prints_data("settle")
def test_settle_shows_what_was_sent_and_treats_newer_content_alike(
    doubtful: Workplace, monkeypatch: pytest.MonkeyPatch, phones: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    result = doubtful.journal("settle")
    assert FIRST in result.out
    assert SECOND not in result.out
    assert doubtful.journal("replay").code == 0
    assert phones() == [SECOND]


def test_nothing_is_resolved_if_the_dead_letter_cannot_be_written(doubtful: Workplace) -> None:
    nowhere = str(doubtful.folder / "missing" / "dead.singer")
    result = doubtful.journal(*DELIVERED, dead_letter_path=nowhere)
    assert result.code == 1
    assert "dead_letter_path" in result.last_line
    assert doubtful.statuses() == ["unknown"]
    assert doubtful.journal(*DELIVERED).code == 0
    assert [dead["phone"] for dead in doubtful.dead_letters()] == [SECOND]


def test_a_changed_lead_in_doubt_that_is_not_there_leaves_what_was_delivered(
    work: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    work.settings["on_changed"] = "send"
    assert work.run(come(FIRST)).code == 0
    fault("status", status=500)
    assert work.run(come(SECOND)).code == 4
    # Back to what MiiMOSA has.
    assert work.run(come(FIRST)).code == 4
    assert work.journal(*NOT_DELIVERED).code == 0
    assert work.statuses() == ["acknowledged"]
    assert work.journal("replay").code == 0
    assert phones() == [FIRST]


def test_with_on_unknown_retry_the_newest_content_is_sent(
    doubtful: Workplace, phones: Callable[[], list[str]]
) -> None:
    assert doubtful.run([SCHEMA], on_unknown="retry").code == 0
    assert doubtful.statuses() == ["acknowledged"]
    assert phones() == [SECOND]


def test_with_on_unknown_retry_newer_content_that_is_wrong_is_rejected(
    doubtful: Workplace, phones: Callable[[], list[str]]
) -> None:
    assert doubtful.run(come(None)).code == 4
    retried = doubtful.run([SCHEMA], on_unknown="retry")
    assert retried.code == 3
    assert retried.summary["rejected"] == 1
    assert doubtful.statuses() == ["rejected"]
    assert len(doubtful.dead_letters()) == 1
    assert phones() == []


@pytest.mark.parametrize(("phone", "waits"), [(SECOND, 0), (None, 1)])
def test_with_on_unknown_retry_no_newer_content_is_lost(
    work: Workplace,
    fault: Callable[..., None],
    phones: Callable[[], list[str]],
    phone: str | None,
    waits: int,
) -> None:
    work.settings["on_unknown"] = "retry"
    fault("status", status=500, times=3)
    work.run([*come(FIRST), *come(phone)])
    work.run([SCHEMA])
    assert phones() == [SECOND] * (1 - waits)
    assert len(work.dead_letters()) == waits
