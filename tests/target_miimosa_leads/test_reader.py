"""Lines that cannot be read, and messages of no use here."""

from __future__ import annotations

import json
import typing as t

import pytest

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

DAMAGED = "_sdc_dead_letter_damaged"


def line(**fields: object) -> bytes:
    return as_text([record(lead(2, **fields))]).encode()


BAD_TEXT = line(city="?").replace(b"?", b"\xfc")
UNREADABLE = {
    "broken": b'{"type": "RECORD", "stream": "leads", "record": {"email": "secret@example.org"}',
    "no object": b"[1, 2]",
    "no text": b"\xff\xfe secret@example.org",
    "no type": b'{"stream": "leads", "record": {"email": "secret@example.org"}}',
    "unknown type": b'{"type": "EVENT", "email": "secret@example.org"}',
    "odd type": b'{"type": ["RECORD"], "email": "secret@example.org"}',
    "no record": b'{"type": "RECORD", "stream": "leads"}',
    "record that is none": b'{"type": "RECORD", "stream": "leads", "record": ["secret@x"]}',
    "no stream": b'{"type": "RECORD", "record": {"email": "secret@example.org"}}',
    "stream that is none": b'{"type": "RECORD", "stream": ["leads"], "record": {}}',
    "no schema before": b'{"type": "RECORD", "stream": "others", "record": {"id": 2}}',
    "stream that is no text": b'{"type": "RECORD", "stream": "\\ud83d", "record": {"id": 2}}',
    "schema that is none": b'{"type": "SCHEMA", "stream": "others", "schema": 1}',
    "too deep": b'{"type": "RECORD", "stream": "leads", "record": {"id": 2, "note": %b}}'
    % (b"[" * 600 + b"]" * 600),
    "no value": b'{"type": "STATE"}',
    "state that is no text": b'{"type": "STATE", "value": "\\ud83d"}',
}
DAMAGES = {
    "half a surrogate pair": line(city="?").replace(b"?", b"\\ud83d"),
    "not UTF-8": BAD_TEXT,
    "NaN": line(city="?").replace(b'"?"', b"NaN"),
    "Infinity": line(city="?").replace(b'"?"', b"-Infinity"),
    "nested": line(city=["?"]).replace(b"?", b"\\udc00"),
}


def surround(*lines: bytes) -> bytes:
    before, after = [SCHEMA, record(lead(1))], [record(lead(3)), state("end")]
    middle = b"".join(each.rstrip(b"\n") + b"\n" for each in lines)
    return as_text(before).encode() + middle + as_text(after).encode()


@pytest.mark.parametrize("bad", UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_cannot_be_read_holds_nothing_back(
    work: Workplace, arrived: Callable[[], dict[str, int]], bad: bytes
) -> None:
    result = work.run_bytes(surround(bad))
    assert result.code == 3, result.err
    assert set(arrived()) == {lead(1)["email"], lead(3)["email"]}
    assert result.states == ["end"]
    assert "line 3 of the input" in result.err
    assert "secret" not in result.err
    [kept] = work.dead_letters()
    assert kept["line"] == bad.decode("utf-8", "backslashreplace")
    assert "line 3 of the input" in kept["_sdc_dead_letter_reason"]
    # Fed in as it is, it is neither sent nor lost, and does not become two.
    assert work.run_file(work.dead_letter).code == 3
    assert [kept["line"] for kept in work.dead_letters()] == [kept["line"]]
    assert work.run_bytes(surround(bad), max_rejected=1).code == 0
    assert len(work.dead_letters()) == 1


@pytest.mark.parametrize("bad", DAMAGES.values(), ids=DAMAGES)
def test_a_record_with_what_json_does_not_allow_is_kept_as_a_record(
    work: Workplace, arrived: Callable[[], dict[str, int]], bad: bytes
) -> None:
    result = work.run_bytes(surround(bad))
    assert result.code == 3, result.err
    assert set(arrived()) == {lead(1)["email"], lead(3)["email"]}
    assert result.states == ["end"]
    [kept] = work.dead_letters()
    assert kept["email"] == lead(2)["email"]
    assert kept[DAMAGED] == ["city"]
    assert "line 3 of the input" in kept["_sdc_dead_letter_reason"]
    # It is not sent as it is, however often it is fed in.
    assert work.run_file(work.dead_letter).code == 3
    assert lead(2)["email"] not in arrived()
    text = work.dead_letter.read_text(encoding="utf-8")
    mended = text.replace(
        json.dumps(kept["city"], ensure_ascii=False, separators=(",", ":")), '"Angers"'
    )
    work.dead_letter.write_text(mended, encoding="utf-8")
    assert work.run_file(work.dead_letter).code == 0
    assert lead(2)["email"] in arrived()
    assert not work.dead_letter.exists()


def test_no_state_passes_a_line_that_is_kept_nowhere(work: Workplace) -> None:
    nowhere = str(work.folder / "missing" / "dead.singer")
    messages = [*leads(1), "no message", state("end")]
    result = work.run(messages, dead_letter_path=nowhere)
    assert result.code == 1
    assert "dead_letter_path" in result.last_line
    assert "end" not in result.states
    assert work.run(messages).states[-1] == "end"


def test_a_key_that_cannot_be_read_is_no_key(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    bad = [as_text([record(lead(2, email=f"?{n}@example.org"))]).encode() for n in (1, 2)]
    damaged = [
        each.replace(b"?", b"\xfc").replace(b"1@", b"@").replace(b"2@", b"@") for each in bad
    ]
    assert work.run_bytes(surround(*damaged), lead_key=["email"]).code == 3
    assert len(arrived()) == 2


def test_a_kept_line_is_read_again_when_it_is_mended(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    whole = as_text([record(lead(2))]).strip()
    assert work.run([SCHEMA, whole[:-1], record(lead(1))]).code == 3
    [kept] = work.dead_letters()
    kept["line"] = whole
    assert work.run([SCHEMA, record(kept, "_sdc_unreadable_line")]).code == 0
    assert lead(2)["email"] in arrived()
    assert not work.dead_letter.exists()
    assert work.statuses() == ["acknowledged", "acknowledged"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"], ids=["no end", "end of line", "empty line"])
@pytest.mark.parametrize("length", [1, 40, -3, -2])
def test_an_input_that_was_cut_off_fails_after_what_came_before(
    work: Workplace, arrived: Callable[[], dict[str, int]], length: int, end: str
) -> None:
    last = as_text([record(lead(3))])[:length]
    result = work.run_bytes((as_text(leads(1, 2)) + last + end).encode())
    assert result.code == 1
    assert "cut off: line 6" in result.last_line
    assert len(arrived()) == 2
    assert result.states[-1] == {"bookmark": 2}
    assert work.dead_letters() == []


def test_a_whole_last_message_needs_no_end_of_line(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert work.run_bytes(as_text(leads(1)).strip().encode()).code == 0
    assert work.run_bytes((as_text([SCHEMA]).encode() + BAD_TEXT).strip()).code == 3
    assert len(arrived()) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_line(work: Workplace) -> None:
    assert work.run_bytes(b"\xef\xbb\xbf" + as_text(leads(1)).encode()).code == 0


def test_a_record_without_its_key_property_holds_nothing_back(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    for settings in ({}, {"lead_key": ["email"]}):
        result = work.run([SCHEMA, record(lead(1, id=None)), record(lead(2))], **settings)
        assert result.code == 3
        assert "id, " in result.err
    assert list(arrived()) == [lead(2)["email"]]


def test_other_messages_are_ignored_or_refused_in_one_line(work: Workplace) -> None:
    version = {"type": "ACTIVATE_VERSION", "stream": "leads", "version": 1}
    assert work.run([SCHEMA, version, record(lead(1)), version]).code == 0
    batch = {
        "type": "BATCH",
        "stream": "leads",
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "manifest": [],
    }
    refused = work.run([SCHEMA, batch])
    assert refused.code == 1
    assert "BATCH" in refused.last_line
    assert "Traceback" not in refused.err
