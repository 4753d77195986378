"""What a dead letter says: which lead an entry is, and which entries still wait.

While a run writes its part of the file, an entry may be followed by the note that its lead has been
settled after it: a STATE, which no reader of Singer takes for a record. Merged, neither is left.
"""

from __future__ import annotations

import typing as t
from decimal import Decimal

import msgspec.json

from target_miimosa_leads.leads.damage import DAMAGED

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_FIRST_BYTES = b'{"type":"SCHEMA"'
_TYPES = frozenset({"SCHEMA", "RECORD", "STATE"})
REASON = "_sdc_dead_letter_reason"
REJECTED_AT = "_sdc_dead_letter_rejected_at"
LEAD_ID = "_sdc_dead_letter_lead_id"
JOURNAL_ID = "_sdc_dead_letter_journal_id"

EXTRA = {
    REASON: {"type": "string"},
    REJECTED_AT: {"type": "string"},
    LEAD_ID: {"type": "integer"},
    JOURNAL_ID: {"type": "string"},
    DAMAGED: {"type": "array", "items": {"type": "string"}},
}
_SETTLED = "_sdc_dead_letter_settled"
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def is_dead_letter(path: Path) -> bool:
    """Tell whether a file holds Singer messages, and some with the reason of a dead letter.

    Its last line may have been cut by a crash.
    """
    found = False
    with path.open("rb") as file:
        for line in file:
            try:
                message = _decoder.decode(line) if line.strip() else {"type": "STATE"}
            except msgspec.DecodeError:
                begins = found or line.startswith(_FIRST_BYTES[: len(line)])
                return begins and not line.endswith(b"\n")
            if not isinstance(message, dict) or message.get("type") not in _TYPES:
                return False
            found = found or _has_reason(message)
    return found


def _has_reason(message: dict[str, t.Any]) -> bool:
    schema = message.get("schema")
    members = schema.get("properties") if isinstance(schema, dict) else message.get("record")
    return isinstance(members, dict) and REASON in members


class Entry(t.NamedTuple):
    """Which lead an entry is: ids begin at 1 again in a new journal."""

    journal_id: str
    lead_id: int


def build_note(entry: Entry) -> dict[str, t.Any]:
    """Return the message that says that a lead has been settled after its entry was written."""
    return {"type": "STATE", "value": {_SETTLED: list(entry)}}


def read_messages(path: Path) -> Iterator[dict[str, t.Any]]:
    """Yield the messages of a file; a last line that was cut by a crash is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                message = _decoder.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(message, dict):
                yield message


def _read_entry(message: dict[str, t.Any]) -> Entry | None:
    """Return which lead an entry is, or a note about one; None for another message."""
    value, record = message.get("value"), message.get("record")
    if message.get("type") == "STATE" and isinstance(value, dict) and _SETTLED in value:
        return Entry(*value[_SETTLED])
    if message.get("type") != "RECORD" or not isinstance(record, dict):
        return None
    return find_entry(record)


def find_entry(record: dict[str, t.Any]) -> Entry | None:
    """Return which lead a record of a dead letter is; None if it does not say, so that it stays."""
    journal_id, lead_id = record.get(JOURNAL_ID), record.get(LEAD_ID)
    if isinstance(journal_id, str) and isinstance(lead_id, int):
        return Entry(journal_id, lead_id)
    return None


def merge(
    old: Iterable[dict[str, t.Any]], new: list[dict[str, t.Any]], settled: set[Entry]
) -> Iterator[dict[str, t.Any]]:
    """Yield the messages of a dead letter after a run: what still waits.

    Args:
        old: The messages of the file.
        new: Those of the run's part.
        settled: Whose entries in the file do not wait any more.
    """
    gone = {_read_entry(message) for message in new} - {None} | settled
    kept = (message for message in old if _read_entry(message) not in gone)
    return _compact([*kept, *_drop_superseded(new)])


def _drop_superseded(messages: list[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    """Yield the messages with only the last entry of each lead, or the note after it."""
    latest = {_read_entry(message): index for index, message in enumerate(messages)}
    for index, message in enumerate(messages):
        if (entry := _read_entry(message)) is None or latest[entry] == index:
            yield message


def _compact(messages: Iterable[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    """Yield RECORDs, each after its SCHEMA; a SCHEMA only where it changes."""
    current: dict[str, t.Any] = {}
    written: dict[str, t.Any] = {}
    for message in messages:
        stream = message.get("stream", "")
        if message.get("type") == "SCHEMA":
            current[stream] = message
        elif message.get("type") == "RECORD":
            if stream in current and written.get(stream) != current[stream]:
                yield current[stream]
                written[stream] = current[stream]
            yield message
