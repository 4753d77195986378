"""The dead letter is valid input of the target."""

from __future__ import annotations

import json
import resource
import sys
import typing as t

from tests.target_miimosa_leads.support import (
    SCHEMA,
    Workplace,
    as_text,
    lead,
    leads,
    record,
    state,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_mended_leads_are_delivered_from_the_dead_letter_and_leave_it(
    work: Workplace, arrived: Callable[[], dict[str, int]], posts: Callable[[], int]
) -> None:
    wrong = [record(lead(number, phone=None)) for number in (1, 2)]
    assert work.run([SCHEMA, *wrong, record(lead(3))]).code == 3
    assert len(work.dead_letters()) == 2
    lines = work.dead_letter.read_text().splitlines()
    mended = [
        line.replace('"email":', '"phone": "0600000001", "email":') if "n1@" in line else line
        for line in lines
    ]
    work.dead_letter.write_text("\n".join(mended) + "\n")
    result = work.run_file(work.dead_letter)
    assert result.code == 3
    assert posts() == 2
    assert lead(1)["email"] in arrived()
    assert [dead["id"] for dead in work.dead_letters()] == [2]
    assert work.statuses() == ["acknowledged", "rejected", "acknowledged"]


def test_the_dead_letter_disappears_with_its_last_lead(work: Workplace) -> None:
    assert work.run([SCHEMA, record(lead(1, phone=None))]).code == 3
    assert work.run([SCHEMA, record(lead(1))]).code == 0
    assert not work.dead_letter.exists()


def test_a_lead_that_the_api_rejected_is_not_sent_again_unchanged(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=400)
    assert work.run(leads(1)).code == 3
    again = work.run_file(work.dead_letter)
    assert again.code == 3
    assert posts() == 1
    assert len(work.dead_letters()) == 1


def test_a_mended_lead_is_sent_whatever_on_changed_says(
    work: Workplace, fault: Callable[..., None], arrived: Callable[[], dict[str, int]]
) -> None:
    fault("status", status=400)
    assert work.run(leads(1)).code == 3
    assert work.run([SCHEMA, record(lead(1, city="Angers"))], on_changed="reject").code == 0
    assert list(arrived().values()) == [1]


def test_the_dead_letter_holds_the_record_as_it_came_with_its_schema(work: Workplace) -> None:
    maps = {"contacts": {"__alias__": "leads", "firstname": "vorname"}}
    schema = {
        "type": "SCHEMA",
        "stream": "contacts",
        "key_properties": ["id"],
        "schema": {"type": "object", "properties": {"id": {}, "vorname": {"type": "string"}}},
    }
    raw = lead(1, firstname=None, phone=None, vorname="Lise", amount=1.5)
    work.run([schema, record(raw, "contacts")], stream_maps=maps)
    first, second = map(json.loads, work.dead_letter.read_text().splitlines())
    assert first["type"] == "SCHEMA"
    assert first["key_properties"] == ["id"]
    assert first["schema"]["properties"]["vorname"] == {"type": "string"}
    assert second["stream"] == "contacts"
    assert raw.items() <= second["record"].items()


def test_what_a_killed_run_rejected_is_not_lost(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.run([SCHEMA, record(lead(1, phone=None))])
    # A killed run leaves its own part beside the file, possibly with a line cut in two.
    partial = work.dead_letter.with_name(work.dead_letter.name + ".partial")
    work.dead_letter.rename(partial)
    with partial.open("a") as file:
        file.write('{"type":"RECORD","stream":"leads","rec')
    monkeypatch.chdir(work.folder)
    assert work.run(leads(2)).code == 0
    assert [dead["id"] for dead in work.dead_letters()] == [1]
    assert not partial.exists()


def test_a_dead_letter_that_cannot_be_written_stops_before_state(work: Workplace) -> None:
    messages = [SCHEMA, record(lead(1, phone=None)), {"type": "STATE", "value": 1}]
    result = work.run(messages, dead_letter_path=str(work.folder / "missing" / "dead.singer"))
    assert result.code == 1
    assert "dead_letter_path" in result.last_line
    assert result.states == []


def test_a_lead_of_a_new_journal_settles_none_of_an_earlier_one(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert work.run([SCHEMA, record(lead(1, phone=None))]).code == 3
    work.journal_file.rename(work.folder / "moved-away.db")
    # Both have the id 1, each in its journal.
    assert work.run(leads(2), allow_new_journal=True).code == 0
    assert [dead["id"] for dead in work.dead_letters()] == [1]
    # Fed in, it leaves the file all the same: rejected again for its new entry, or delivered.
    assert work.run_file(work.dead_letter).code == 3
    assert [dead["id"] for dead in work.dead_letters()] == [1]
    text = work.dead_letter.read_text()
    work.dead_letter.write_text(text.replace('"email":', '"phone": "0600000001", "email":'))
    assert work.run_file(work.dead_letter).code == 0
    assert not work.dead_letter.exists()
    assert set(arrived()) == {lead(1)["email"], lead(2)["email"]}


def test_a_mended_lead_of_an_earlier_journal_leaves_the_file(work: Workplace) -> None:
    assert work.run([SCHEMA, record(lead(1, phone=None))]).code == 3
    work.journal_file.rename(work.folder / "moved-away.db")
    text = work.dead_letter.read_text()
    work.dead_letter.write_text(text.replace('"email":', '"phone": "0600000001", "email":'))
    # So that the ids of the two journals differ.
    assert work.run(leads(2), allow_new_journal=True).code == 0
    assert work.run_file(work.dead_letter).code == 0
    assert not work.dead_letter.exists()


def test_an_entry_that_names_no_journal_stays(work: Workplace) -> None:
    assert work.run([SCHEMA, record(lead(1, phone=None))]).code == 3
    *before, last = map(json.loads, work.dead_letter.read_text().splitlines())
    del last["record"]["_sdc_dead_letter_journal_id"]
    work.dead_letter.write_text(as_text([*before, last]))
    assert work.run(leads(1)).code == 0
    assert [dead["id"] for dead in work.dead_letters()] == [1]


def test_a_lead_that_is_delivered_later_in_the_same_run_does_not_wait(
    work: Workplace, posts: Callable[[], int]
) -> None:
    wrong = [record(lead(number, phone=None)) for number in (1, 2)]
    assert work.run([SCHEMA, *wrong, record(lead(1)), state(1)]).code == 3
    assert [dead["id"] for dead in work.dead_letters()] == [2]
    assert work.run([SCHEMA, record(lead(2))]).code == 0
    assert not work.dead_letter.exists()
    # The same input again, as from a source that is always read whole.
    result = work.run([SCHEMA, *wrong, record(lead(1)), record(lead(2))])
    assert result.code == 0
    assert "nothing is left to do" in result.last_line
    assert not work.dead_letter.exists()
    assert posts() == 2


def test_what_is_rejected_after_the_lead_was_delivered_in_the_same_run_waits(
    work: Workplace,
) -> None:
    work.settings["lead_key"] = ["email"]
    before, after = lead(1, phone=None), lead(1, city="Angers")
    assert work.run([SCHEMA, record(before), record(lead(1)), record(after)]).code == 3
    assert [dead["city"] for dead in work.dead_letters()] == ["Angers"]
    # Another row that is the same lead with its older content takes nothing away.
    other = [{**SCHEMA, "stream": "contacts"}, record(lead(1), "contacts")]
    for messages in ([record(lead(1, id=2))], other):
        assert work.run([SCHEMA, record(after), *messages]).code == 3
        assert [dead["city"] for dead in work.dead_letters()] == ["Angers"]


def test_a_lead_that_was_delivered_before_the_run_was_killed_does_not_wait(
    work: Workplace, posts: Callable[[], int]
) -> None:
    messages = [SCHEMA, record(lead(1, phone=None)), record(lead(1)), state(1)]
    process = work.start()
    assert process.stdin
    assert process.stdout
    process.stdin.write(as_text(messages))
    process.stdin.flush()
    # STATE has passed the delivered lead, and the input goes on.
    assert json.loads(process.stdout.readline()) == 1
    process.kill()
    process.communicate()
    assert work.run([SCHEMA]).code == 0
    assert not work.dead_letter.exists()
    assert work.run(messages).code == 0
    assert not work.dead_letter.exists()
    assert posts() == 1


def test_a_dead_letter_on_a_full_disk_is_told_in_one_line_and_the_journal_is_closed(
    work: Workplace,
) -> None:
    assert work.run(leads(1, 2)).code == 0
    # A real start: what forks has no limit of this process.
    process = work.start(python=sys.executable)
    # No file may grow further than this, as on a full disk; the journal stays below it, because
    # the newer content of a delivered lead goes to the dead letter only.
    most = 1 << 20
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
    almost_all = record(lead(1, city="Angers", note="x" * (most - 4000)))
    too_much = record(lead(2, city="Angers", note="x" * 5000))
    messages = [SCHEMA, almost_all, too_much, state("end")]
    out, err = process.communicate(as_text(messages), timeout=30)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "Run summary" in err
    assert "dead_letter_path" in err.splitlines()[-1]
    assert out == ""
    assert not work.journal_file.with_name("journal.db-wal").exists()
    again = work.run([SCHEMA, almost_all, too_much])
    assert again.code == 3
    assert [dead["id"] for dead in work.dead_letters()] == [1, 2]
