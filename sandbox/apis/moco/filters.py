"""The filters of MOCO's lists: each reads a parameter's text and says which records pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from sandbox.wire import Record
from sandbox.world.clock import parse_moment

Check = Callable[[str], Callable[[Record], bool]]

CUSTOM = re.compile(r"custom_properties\[(?P<name>.+?)\](?P<many>\[\])?")


class BadParameterError(ValueError):
    """A parameter that the API answers with 400."""


def at_path(record: Record, path: str) -> object:
    """The value at `a.b`; None where a part is missing."""
    found: object = record
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def one_of(path: str, known: tuple[str, ...] = ()) -> Check:
    """One value or several separated by commas; unknown words are silently ignored."""

    def check(text: str) -> Callable[[Record], bool]:
        wanted = {part.strip() for part in text.split(",")}
        if known and not wanted & set(known):
            return lambda _record: True
        return lambda record: str(at_path(record, path)) in wanted

    return check


def flag(path: str) -> Check:
    """True or false."""

    def check(text: str) -> Callable[[Record], bool]:
        wanted = truth(text)
        return lambda record: bool(at_path(record, path)) == wanted

    return check


def truth(text: str) -> bool:
    """Read a boolean parameter."""
    return text.strip().lower() in {"true", "1"}


def term(*paths: str) -> Check:
    """Words within some of the record's texts, whatever their case."""

    def check(text: str) -> Callable[[Record], bool]:
        wanted = text.casefold()
        return lambda record: any(
            wanted in str(at_path(record, path) or "").casefold() for path in paths
        )

    return check


def tagged(text: str) -> Callable[[Record], bool]:
    """Records with at least one of the tags."""
    wanted = {part.strip() for part in text.split(",")}
    return lambda record: bool(wanted & set(record.get("tags", ())))


def read_day(text: str) -> str:
    """Read a date parameter.

    Raises:
        BadParameterError: it is not a date.
    """
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError:
        raise BadParameterError("date is invalid") from None


def day_from(path: str) -> Check:
    """On or after a day."""

    def check(text: str) -> Callable[[Record], bool]:
        wanted = read_day(text)
        return lambda record: str(at_path(record, path) or "")[:10] >= wanted

    return check


def day_to(path: str) -> Check:
    """On or before a day."""

    def check(text: str) -> Callable[[Record], bool]:
        wanted = read_day(text)
        return lambda record: "" < str(at_path(record, path) or "")[:10] <= wanted

    return check


def ids_in(text: str) -> Callable[[Record], bool]:
    """Records with one of the ids."""
    wanted = {part.strip() for part in text.split(",")}
    return lambda record: str(record["id"]) in wanted


def updated_after(text: str) -> Callable[[Record], bool]:
    """Records changed after a moment, not at it.

    Raises:
        BadParameterError: it is not a moment.
    """
    try:
        moment = parse_moment(text)
    except ValueError:
        raise BadParameterError("updated_after is invalid") from None
    return lambda record: parse_moment(record["updated_at"]) > moment


def custom_property(name: str, wanted: list[str]) -> Callable[[Record], bool]:
    """Records whose custom property has a value, or for several choices all of them."""

    def check(record: Record) -> bool:
        found = record.get("custom_properties", {}).get(name)
        if isinstance(found, list):
            return set(wanted) <= set(found)
        value = {"true": "1", "false": "0"}.get(wanted[-1], wanted[-1])
        return found is not None and str(found) in {value, wanted[-1]}

    return check
