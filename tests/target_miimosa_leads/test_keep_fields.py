"""Fields that the journal keeps in clear: keys by which a lead is found at its source."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox

KEEP = ["contact_id", "deal_id"]


def kept(work: Workplace, number: int, **settings: t.Any) -> dict[str, str] | None:  # noqa: ANN401
    found: dict[str, str] | None = json.loads(work.journal("show", str(number), **settings).out)[
        "kept"
    ]
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_they_stay_when_all_else_is_erased_and_are_not_sent(
    work: Workplace, box: RunningSandbox, request: pytest.FixtureRequest, kind: str
) -> None:
    if kind == "postgresql":
        work.settings["journal_url"] = request.getfixturevalue("postgres_url")
    sent = lead(1, contact_id=4711, note="Zebulon")
    rejected = lead(2, deal_id="d-2", phone=None)
    result = work.run([SCHEMA, record(sent), record(rejected)], keep_fields=KEEP)
    assert result.code == 3
    [arrived] = box.control("GET", "/leads")
    assert arrived["body"].keys() == {*sent} - {"id", "contact_id", "note"}
    assert kept(work, 1) == {"contact_id": "4711"}
    assert kept(work, 2) == {"deal_id": "d-2"}
    if kind == "sqlite":
        held = b"".join(path.read_bytes() for path in work.folder.glob("journal.db*"))
        assert b"4711" in held
        assert b"Zebulon" not in held


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (1.5, "1.5"),
        (True, "true"),
        (" x-1 ", "x-1"),
        ("a\0b", "a\ufffdb"),
        ("", None),
        (None, None),
        ([1], None),
        ({"a": 1}, None),
    ],
)
def test_they_are_text(work: Workplace, value: object, text: str | None) -> None:
    fields = lead(1) | {"contact_id": value}
    assert work.run([SCHEMA, record(fields)], keep_fields=KEEP).code == 0
    assert kept(work, 1) == (None if text is None else {"contact_id": text})


def test_a_stream_map_can_name_them(work: Workplace) -> None:
    maps = {"leads": {"deal_id": "status", "status": "__NULL__"}}
    messages = [
        {**SCHEMA, "schema": {"properties": {"id": {}, "status": {"type": "string"}}}},
        record(lead(1, status="won", contact_id=7)),
    ]
    assert work.run(messages, keep_fields=KEEP, stream_maps=maps).code == 0
    assert kept(work, 1) == {"deal_id": "won", "contact_id": "7"}


def test_other_fields_to_keep_send_no_lead_again_and_are_filled_in(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("reset_before", skip=1)
    messages = [SCHEMA, *(record(lead(n, contact_id=n, deal_id=10 + n)) for n in (1, 2))]
    messages.append(record(lead(3, phone=None, contact_id=3)))
    first = work.run(messages, concurrency=1)
    assert (first.summary["created"], first.summary["unknown"]) == (1, 1)
    before = work.rows()
    second = work.run(messages, keep_fields=["contact_id"])
    assert (second.summary["skipped"], second.summary["unknown"]) == (1, 1)
    assert [kept(work, n) for n in (1, 2, 3)] == [{"contact_id": f"{n}"} for n in (1, 2, 3)]
    assert work.run(messages, keep_fields=["deal_id"]).summary["requests"] == 0
    assert work.run(messages).summary["requests"] == 0
    assert kept(work, 1) == {"contact_id": "1", "deal_id": "11"}
    assert posts() == 2
    # It is no news of the lead, so that it is not purged any later for it.
    assert work.rows()[:2] == before[:2]


def test_a_lead_that_two_streams_bring_has_the_keys_of_both(work: Workplace) -> None:
    settings = {"keep_fields": KEEP, "lead_key": ["email"]}
    first, second = lead(1, id=None, contact_id=1), lead(1, id=None, deal_id=2)
    other = {**SCHEMA, "stream": "deals", "key_properties": ["deal_id"]}
    work.run([{**SCHEMA, "key_properties": ["contact_id"]}, record(first)], **settings)
    result = work.run([other, record(second, "deals")], **settings)
    assert result.summary["skipped"] == 1
    assert kept(work, 1) == {"contact_id": "1", "deal_id": "2"}


def test_a_stream_that_has_none_of_them_is_named(work: Workplace) -> None:
    typed = {**SCHEMA, "schema": {"properties": {"contact_id": {"type": "string"}}}}
    assert "keep_fields" not in work.run([typed, record(lead(1))], keep_fields=KEEP).err
    result = work.run([SCHEMA, record(lead(2))], keep_fields=["contactid"])
    assert "Stream 'leads' has none of the fields of 'keep_fields'" in result.err


@pytest.mark.parametrize(
    "wrong",
    [
        "contact_id",
        [7],
        [""],
        [" "],
        [" deal_id"],
        ["contact_id", "Contact_ID"],
        ["status"],
        ["Sent_At"],
        ["_sdc_extracted_at"],
        ["deal\nid"],
    ],
)
def test_names_that_cannot_be_kept_are_refused(work: Workplace, wrong: object) -> None:
    result = work.run([SCHEMA, record(lead(1))], keep_fields=wrong)
    assert result.code == 2
    assert "'keep_fields" in result.last_line
    assert "Traceback" not in result.err
    assert not work.journal_file.exists()
