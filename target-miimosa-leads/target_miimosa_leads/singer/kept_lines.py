"""Lines that could not be read, as the dead letter keeps them: as records of a stream of their own.

Mended there, they are read as if the tap had written them.
"""

from __future__ import annotations

import typing as t

from target_miimosa_leads.errors import UnreadableError
from target_miimosa_leads.leads.offer import Candidate, Origin
from target_miimosa_leads.singer.lines import decode

STREAM = "_sdc_unreadable_line"
_SCHEMA = {"type": "object", "properties": {"line": {"type": "string"}}}


def build_candidate(text: str, problem: str, notes: dict[str, t.Any]) -> Candidate:
    """Return a line as a candidate that is to be rejected.

    Args:
        text: The line.
        problem: What is wrong with it.
        notes: What the dead letter has noted of it before.
    """
    record = {"line": text, **notes}
    return Candidate(
        stream=STREAM,
        scope=None,
        key={},
        body={},
        errors=[problem],
        origin=Origin(STREAM, _SCHEMA, [], record),
    )


def read_notes(record: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what the dead letter has noted of a record."""
    return {name: value for name, value in record.items() if name.startswith("_sdc_dead_letter_")}


def read_mended(record: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the message of a kept line, with its notes in the record.

    Raises:
        UnreadableError: If it is no RECORD. A STATE in particular is not the newest any more.
    """
    line = record.get("line")
    message = decode(line.encode("utf-8", "surrogatepass")) if isinstance(line, str) else {}
    if message.get("type") != "RECORD" or not isinstance(message.get("record"), dict):
        raise UnreadableError("holds a kept line that is still no RECORD")
    return {**message, "record": {**message["record"], **read_notes(record)}}
