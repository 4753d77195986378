"""Hours that people should work, plan to work and are away, from employments, plans, schedules."""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.wire import Record
    from sandbox.world.moco import Moco

HOLIDAY, SICK = "4", "3"
"""Codes of absences."""
WORKING_DAYS = 5


def internal_rate(year: int) -> float:
    """What an hour of anybody costs the agency in a year."""
    return 50.0 + year % 10


def target_hours(moco: Moco, user: int, first: str, last: str) -> dict[str, float]:
    """The hours that somebody's employments ask for, by day of a period."""
    found: dict[str, float] = {}
    for row in moco.tables["user_employments"].values():
        if row["user"]["id"] != user:
            continue
        pattern = row["pattern"]
        for each in _days(max(first, row["from"]), min(last, row["to"] or last)):
            if each.weekday() < WORKING_DAYS:
                hours = sum(pattern[half][each.weekday()] for half in ("am", "pm"))
                found[each.isoformat()] = found.get(each.isoformat(), 0.0) + hours
    return found


def planned_hours(moco: Moco, first: str, last: str) -> dict[tuple[int, int], float]:
    """The hours that are planned for the working days of a period, by user and project."""
    found: dict[tuple[int, int], float] = {}
    for row in moco.tables["planning_entries"].values():
        if not row["project"]:
            continue
        days = _days(max(first, row["starts_on"]), min(last, row["ends_on"]))
        hours = row["hours_per_day"] * sum(each.weekday() < WORKING_DAYS for each in days)
        if hours:
            key = (row["user"]["id"], row["project"]["id"])
            found[key] = found.get(key, 0.0) + hours
    return found


def absent_days(moco: Moco, user: int, year: int, code: str) -> dict[str, float]:
    """Somebody's days of an absence in a year, a half one as 0.5, by date."""
    found: dict[str, float] = {}
    for row in moco.tables["schedules"].values():
        if (row["user"]["id"], row["assignment"]["code"]) == (user, code) and row[
            "date"
        ].startswith(str(year)):
            found[row["date"]] = found.get(row["date"], 0.0) + (row["am"] + row["pm"]) / 2
    return found


def claimed_days(moco: Moco, user: int, year: int) -> float:
    """The days of holiday that somebody has in a year."""
    rows: list[Record] = list(moco.tables["user_holidays"].values())
    return float(sum(row["days"] for row in rows
                     if row["user"]["id"] == user and row["year"] == year))  # fmt: skip


def _days(first: str, last: str) -> Iterator[date]:
    each, end = date.fromisoformat(first), date.fromisoformat(last)
    while each <= end:
        yield each
        each += timedelta(days=1)
