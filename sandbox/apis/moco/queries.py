"""Which records a list of MOCO holds, and in which order."""

from __future__ import annotations

import typing as t
import unicodedata

from sandbox.apis.moco.filters import (
    CUSTOM,
    BadParameterError,
    at_path,
    custom_property,
    ids_in,
    truth,
    updated_after,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.apis.moco.listings import Listing
    from sandbox.wire import Call, Record

NEVER_A_FILTER = {"page", "per_page", "sort_by"}


def select(table: Mapping[int, Record], call: Call, listing: Listing) -> list[Record]:
    """The records that a list is asked for, in the order that it is asked for.

    Raises:
        BadParameterError: a parameter is not possible.
    """
    checks = _checks(call, listing)
    hidden = listing.hidden
    if hidden and not truth(call.query.get(hidden.parameter, "")):
        checks.append(lambda record: not hidden.when(record))
    rows = [row for row in table.values() if all(check(row) for check in checks)]
    fields, descending = listing.sort, False
    if listing.sortable and call.query.get("sort_by"):
        name, _, direction = call.query["sort_by"].partition(" ")
        if direction.lower() not in {"", "asc", "desc"} or not any(
            name in row for row in table.values()
        ):
            raise BadParameterError("sort_by is invalid")
        fields, descending = (name,), direction.lower() == "desc"
    rows.sort(key=lambda row: row["id"])
    rows.sort(key=lambda row: [_collated(at_path(row, name)) for name in fields],
              reverse=descending)  # fmt: skip
    return rows


def _checks(call: Call, listing: Listing) -> list[Callable[[Record], bool]]:
    checks: list[Callable[[Record], bool]] = []
    custom: dict[str, list[str]] = {}
    if listing.paired and ("from" in call.query) != ("to" in call.query):
        raise BadParameterError("from and to belong together")
    for name, value in call.pairs:
        found = CUSTOM.fullmatch(name)
        if found:
            custom.setdefault(found["name"], []).append(value)
        elif name == "ids":
            checks.append(ids_in(value))
        elif name == "updated_after" and listing.changes:
            checks.append(updated_after(value))
        elif name in listing.filters and name not in NEVER_A_FILTER:
            checks.append(listing.filters[name](value))
    if custom and listing.stream == "companies" and "type" not in call.query:
        raise BadParameterError("custom_properties needs type")
    checks += [custom_property(name, values) for name, values in custom.items()]
    acting = call.headers.get("X-IMPERSONATE-USER-ID")
    if acting and listing.stream == "activities":
        checks.append(lambda row: str(row["user"]["id"]) == acting)
    return checks


def _collated(value: object) -> tuple[int, float, str]:
    """Sort as a database does with a German collation: accents and case come last."""
    if value is None:
        return (2, 0.0, "")
    if isinstance(value, bool | int | float):
        return (0, float(value), "")
    plain = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode()
    return (1, 0.0, plain.casefold())
