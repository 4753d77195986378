"""The table of docs/loaders.md is what `make loaders` writes.

The command reads every stream; here tap-moco and tap-ulule read those that differ in kind: parents
and children, keys of several parts and of nothing else, objects, lists, dates, texts of many lines.
"""

from __future__ import annotations

import typing as t

import pytest

from loaders import taps, targets
from loaders.matrix import try_tap
from loaders.report import make_table, read_table

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STREAMS = {
    "tap-moco": (
        "companies",
        "projects",
        "project_tasks",
        "report_cashflow",
        "taggings",
        "user_presences",
    ),
    "tap-ulule": ("projects", "project_comments", "project_news", "project_supporters"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.prints_data("The rows that were loaded are dumped to be compared.")
def test_the_table_is_what_the_command_writes(
    scratch: Callable[[], Path],
    make_database: Callable[[], str],
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (taps, targets):
        monkeypatch.setattr(module, "BIN", programs)
    outcomes = [
        outcome
        for tap in taps.TAPS
        for outcome in try_tap(tap, scratch(), make_database(), streams=STREAMS.get(tap, ()))
    ]

    assert make_table(outcomes) == read_table()
    assert all(rows for outcome in outcomes for rows in outcome.rows.values())
