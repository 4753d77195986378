"""What could not be read of a record, and how that is marked where the record is kept.

A record is kept with U+FFFD in place of what is no text, and null in place of NaN and Infinity. A
member of it names the fields concerned: until they are mended the record is no lead.
"""

from __future__ import annotations

import re
import typing as t

DAMAGED = "_sdc_dead_letter_damaged"
REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]+")


class NotANumber:
    """Stands for NaN, Infinity and -Infinity, which JSON does not have."""

    def __init__(self, literal: str) -> None:
        """Forget which of them it was."""


def repair(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a value as valid JSON: surrogates become U+FFFD, numbers that are none null."""
    if isinstance(value, str):
        return _SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, NotANumber):
        return None
    if isinstance(value, dict):
        return {repair(name): repair(item) for name, item in value.items()}
    if isinstance(value, list):
        return [repair(item) for item in value]
    return value


def repair_record(record: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a record as valid JSON, with the names of the fields that were damaged."""
    whole = {repair(name): repair(value) for name, value in record.items()}
    damaged = [
        repair(name) for name, item in record.items() if repair({name: item}) != {name: item}
    ]
    return {**whole, DAMAGED: damaged} if damaged else whole


def find_damaged(record: dict[str, t.Any]) -> list[str]:
    """Return the fields of a record that were damaged when it was read, and are not mended yet."""
    noted = record.get(DAMAGED)
    if not isinstance(noted, list):
        return []
    return [
        name
        for name in noted
        if isinstance(name, str) and (REPLACEMENT in name or _is_damaged(record.get(name, "")))
    ]


def _is_damaged(value: t.Any) -> bool:  # noqa: ANN401
    if isinstance(value, str):
        return REPLACEMENT in value
    if isinstance(value, dict):
        return any(_is_damaged(each) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return any(_is_damaged(each) for each in value)
    return value is None
