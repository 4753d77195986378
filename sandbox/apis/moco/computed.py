"""Serves what MOCO computes: views of the account, parts of a record, and a record's tags."""

from __future__ import annotations

import re
import typing as t

from sandbox.apis.moco.filters import at_path
from sandbox.apis.moco.parts import PARTS, TAGGABLE, Part
from sandbox.apis.moco.reports import report_years
from sandbox.apis.moco.views import VIEWS, View
from sandbox.wire import key_text

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from sandbox.wire import Record
    from sandbox.world.moco import Moco

    Found: TypeAlias = "tuple[str, str, View | Part | None, Record | None]"

# Rows that are nested in others: where, under which key, and how they know those.
NESTED = {
    "purchase_items": ("purchases", "items", "purchase_id"),
    "internal_rates": ("account_internal_hourly_rates", "rates", "user_id"),
}
TAGGINGS = re.compile(r"/taggings/(?P<kind>[^/]+)/(?P<ident>\d+)")


def find(moco: Moco, path: str) -> Found | None:
    """Return template, area, what serves a path, and the record that it belongs to."""
    for view in VIEWS:
        if path == view.path:
            return view.path, view.area, view, None
    for part in PARTS:
        found = re.fullmatch(rf"{part.path}/(\d+)/{part.suffix}", path)
        if found:
            record = moco.tables[part.parent].get(int(found[1]))
            return f"{part.path}/{{id}}/{part.suffix}", part.area, part, record
    if found := TAGGINGS.fullmatch(path):
        stream = TAGGABLE.get(found["kind"])
        record = moco.tables[stream].get(int(found["ident"])) if stream else None
        return "/taggings/{type}/{id}", "tags", None, record
    return None


def rows(moco: Moco, found: View | Part, record: Record | None, query: Mapping[str, str]) -> t.Any:  # noqa: ANN401 - JSON
    """Return what a path answers: rows, one object, or None for 404."""
    if isinstance(found, Part):
        if record is None:
            return None
        answer = found.rows(moco, record, query)
    else:
        answer = found.rows(moco, query)
    if found.single:
        return answer[0] if answer else None
    return answer


def keys(found: View | Part, record: Record | None, answer: list[Record]) -> list[str]:
    """Return the keys of rows, for the list of what was served."""
    parent = {found.known_as: record["id"]} if isinstance(found, Part) and record else {}
    return [key_text(at_path(row | parent, name) for name in found.key) for row in answer]


def records(moco: Moco, stream: str) -> list[Record] | None:
    """Return all rows of a stream, with the keys that say to what they belong."""
    for found in (*VIEWS, *PARTS):
        if found.stream == stream:
            years = report_years(moco) if found.yearly else (None,)
            return [row for year in years for row in _of_year(moco, found, year)]
    if stream in NESTED:
        parent, field, known_as = NESTED[stream]
        return [
            item | {known_as: row["id"]} for row in _all(moco, parent) for item in row[field] or ()
        ]
    if stream == "taggings":
        return [
            {"taggable_type": kind, "taggable_id": ident, "name": name}
            for kind, table in TAGGABLE.items()
            for ident, row in moco.tables[table].items()
            for name in tags(row)
        ]
    return None


def tags(record: Record) -> list[str]:
    """Return a record's tags; a disregarded invoice shows none. Assumed."""
    found: list[str] = [] if record.get("status") == "disregarded" else record.get("tags", [])
    return found


def _all(moco: Moco, stream: str) -> list[Record]:
    if stream in moco.tables:
        return list(moco.tables[stream].values())
    return records(moco, stream) or []


def _of_year(moco: Moco, found: View | Part, year: int | None) -> Iterator[Record]:
    query = {} if year is None else {"year": str(year)}
    if isinstance(found, View):
        added = _added(found.stream, year)
        for row in found.rows(moco, query):
            user = {"user_id": row["user"]["id"]} if found.stream == "report_absences" else {}
            yield row | added | user
        return
    for record in moco.tables[found.parent].values():
        for row in found.rows(moco, record, query):
            yield row | {found.known_as: record["id"]} | ({"year": year} if year else {})


def _added(stream: str, year: int | None) -> Record:
    if stream == "report_planned_vs_tracked":
        return {"from": f"{year}-01-01", "to": f"{year}-12-31", "_occurrence": 0}
    if stream in {"report_cashflow", "report_finance"}:
        return {"_occurrence": 0}
    if stream == "account_hourly_rates":
        return {"company_id": 0}
    return {"year": year} if stream in {"report_absences", "profile_performance_report"} else {}
