"""What goes wrong on which day: most faults are mended by the tap, some take a second run."""

from __future__ import annotations

import typing as t

Fault = dict[str, t.Any]

# Answers that a tap asks for again, or does not believe.
MENDED: tuple[Fault, ...] = (
    {"api": "moco", "path": "/activities", "kind": "truncate"},
    {"api": "ulule", "path": "/projects", "kind": "status", "status": 503},
    {"api": "moco", "path": "/contacts/people", "query": {"per_page": "1"}, "kind": "empty"},
    {"api": "miimosa", "path": "/projects", "kind": "reset_before"},
    {"api": "micropledge", "path": "/projects", "kind": "status", "status": 502},
)
# What ends a run.
FATAL: tuple[Fault, ...] = (
    {"api": "moco", "path": "/", "kind": "revoked", "skip": 12, "times": None},
    {"api": "ulule", "path": "/", "kind": "revoked", "skip": 6, "times": None},
    {"api": "miimosa", "path": "/", "kind": "status", "status": 200, "body": "<html></html>",
     "content_type": "text/html", "times": None},
)  # fmt: skip


def faults_of(day: int) -> dict[str, list[Fault]]:
    """Return the faults of a day by API: every other day has a mended one, every third a fatal one.

    Args:
        day: Its number; on the first one, 0, nothing goes wrong.
    """
    faults = [MENDED[day // 2 % len(MENDED)]] if day % 2 else []
    if day and day % 3 == 0:
        faults.append(FATAL[(day // 3 - 1) % len(FATAL)])
    return {fault["api"]: [each for each in faults if each["api"] == fault["api"]]
            for fault in faults}  # fmt: skip
