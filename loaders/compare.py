"""Compares the tables that a loader has filled with the sandbox's world.

A value has one canonical form, whatever a loader makes of it: columns of SQL types, JSON in text,
text in CSV. Where a loader cannot tell an empty text from null, neither is told here, as the taps
write null for an empty text anyway.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import typing as t
from decimal import Decimal, InvalidOperation

from loaders.taps import Record
from loaders.world import FOUND_LATER, MOVES_NOTHING

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Key = tuple[t.Any, ...]
Table = dict[Key, Record]
# MOCO signs these links anew at every read.
SIGNED = {"file_url", "attachment_url", "avatar_url", "signature_url", "file"}
# Ulule's times have up to nine decimals: some loaders cut them, others round. Seconds are compared.
FRACTION = re.compile(r"\.\d+")
DECIMAL = re.compile(r"Decimal\('([^']*)'\)")
ANYTHING: Record = {}


def canonical(value: t.Any, schema: Record, name: str = "") -> t.Any:  # noqa: ANN401 - JSON
    """Return the one form of a value of a property; None for what is empty."""
    types = _types(schema)
    if isinstance(value, str) and types & {"object", "array"}:
        value = _parse(value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        parts = {k: canonical(v, known.get(k, ANYTHING), k) for k, v in value.items()}
        return {k: v for k, v in parts.items() if v is not None} or None
    if isinstance(value, list):
        items = schema.get("items", ANYTHING)
        return [canonical(each, items) for each in value] or None
    if value is None or value == "":
        return None
    return _scalar(value, schema, types, name)


def _scalar(value: t.Any, schema: Record, types: set[str], name: str) -> t.Any:  # noqa: ANN401
    if isinstance(value, bool) or "boolean" in types:
        return str(value).lower() in {"true", "t", "1"}
    if isinstance(value, int | float | Decimal) or types & {"integer", "number"}:
        try:
            return str(Decimal(str(value)).normalize() + 0)
        except InvalidOperation:
            return str(value)
    if schema.get("format") in {"date-time", "date"} or isinstance(value, dt.date):
        return _moment(value)
    return value.partition("?")[0] if name in SIGNED else str(value)


def _types(schema: Record) -> set[str]:
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def _parse(text: str) -> t.Any:  # noqa: ANN401 - JSON
    """Read an object or a list from JSON, or from the Python text that CSV has of it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass
    try:
        return ast.literal_eval(DECIMAL.sub(r"\1", text))
    except (SyntaxError, ValueError):
        return text


def _moment(value: t.Any) -> str:  # noqa: ANN401 - text, datetime or date
    if not isinstance(value, dt.date):
        try:
            value = dt.datetime.fromisoformat(FRACTION.sub("", str(value)).replace("Z", "+00:00"))
        except ValueError:
            return str(value)
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.timezone.utc)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.timezone.utc)
    return str(value.astimezone(dt.timezone.utc).isoformat(timespec="seconds"))


def tabulate(rows: Iterable[Record], message: Record) -> tuple[Table, int]:
    """Return rows in canonical form by key, the last of each key, and how often a key came again.

    Args:
        rows: Rows of a table, or of the world. Columns are found whatever their case.
        message: The SCHEMA message of their stream.
    """
    properties = message["schema"]["properties"]
    found: Table = {}
    count = 0
    for row in rows:
        lower = {name.lower(): value for name, value in row.items()}
        shown = {
            name: canonical(lower.get(name.lower()), schema, name)
            for name, schema in properties.items()
            if not name.startswith("_sdc_")
        }
        found[tuple(shown[name] for name in message["key_properties"])] = shown
        count += 1
    return found, count - len(found)


def find_differences(
    stream: str, table: Table, world: Table, before: Mapping[Key, Record]
) -> list[str]:
    """Say in what a table differs from the world.

    Args:
        stream: Name of the stream.
        table: Rows that were loaded.
        world: Rows as they are.
        before: Rows as they were at the first run; those that are gone stay in the table, unless
            the tap is asked to look for them.
    """
    gone = {key: row for key, row in before.items() if key not in world}
    expected = {**gone, **world}
    missing = expected.keys() - table.keys()
    if stream in FOUND_LATER:
        missing &= before.keys()
    said = [f"{stream}: {len(missing)} of {len(expected)} rows missing"] if missing else []
    if extra := table.keys() - expected.keys():
        said.append(f"{stream}: {len(extra)} rows that the API has not")
    ignored = MOVES_NOTHING.get(stream, set())
    wrong = {
        name
        for key in expected.keys() & table.keys()
        for name in expected[key].keys() | table[key].keys()
        if expected[key].get(name) != table[key].get(name) and name not in ignored
    }
    return said + [f"{stream}: {name} differs" for name in sorted(wrong)]
