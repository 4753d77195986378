"""One line of the input as a Singer message."""

from __future__ import annotations

import json
import re
import typing as t
from decimal import Decimal

import msgspec.json

from target_miimosa_leads.errors import UnreadableError
from target_miimosa_leads.leads.damage import NotANumber, repair, repair_record

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# Far less than what Python's own limit of recursion leaves to those who copy and write messages.
_DEEPEST = 100
_FAILURES = (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError)


def decode(line: bytes) -> dict[str, t.Any]:
    """Return the message of a line.

    Text and numbers that JSON does not allow are repaired in the record of a RECORD, and noted
    there; see :mod:`~target_miimosa_leads.leads.damage`.

    Raises:
        UnreadableError: If it is not a JSON object with a type.
    """
    try:
        message = _decoder.decode(line)
    except _FAILURES:
        message = None
    if message is None:
        # Outside of the handler: the decoder's error quotes the line.
        message = _decode_damaged(line)
    if not isinstance(message, dict):
        raise UnreadableError("is not a JSON object")
    require(message, {"type"})
    if line.count(b"{") + line.count(b"[") > _DEEPEST and _is_deep(message):
        raise UnreadableError("is nested too deeply")
    return message


def _decode_damaged(line: bytes) -> t.Any:  # noqa: ANN401
    text = line.decode("utf-8", "surrogateescape")
    try:
        message = json.loads(text, parse_float=Decimal, parse_constant=NotANumber)
        record = message.get("record") if isinstance(message, dict) else None
        if isinstance(record, dict) and message.get("type") == "RECORD":
            return {**repair(message), "record": repair_record(record)}
        problem = "holds text or a number that JSON does not allow"
    except _FAILURES:
        problem = "is not a JSON object"
    raise UnreadableError(problem, is_unfinished=_is_unfinished(text))


def _is_deep(message: dict[str, t.Any]) -> bool:
    level: list[t.Any] = [message]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for items in inner for item in items if isinstance(item, (dict, list))]
    return bool(level)


def _is_unfinished(text: str) -> bool:
    """Tell whether a text may be the beginning of a JSON object."""
    outside = _STRING.sub("", text)
    opened = sum(map(outside.count, "{[")) - sum(map(outside.count, "}]"))
    return text.lstrip().startswith("{") and (opened > 0 or '"' in outside)


def require(message: dict[str, t.Any], names: set[str]) -> None:
    """Check that a message has these members.

    Raises:
        UnreadableError: If not; it names them.
    """
    if missing := names - message.keys():
        kind = str(message.get("type", ""))
        what = f"is a {kind} that lacks" if kind in {"SCHEMA", "RECORD", "STATE"} else "lacks"
        raise UnreadableError(f"{what} {', '.join(sorted(missing))}")
