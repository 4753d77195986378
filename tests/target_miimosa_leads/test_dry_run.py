"""A dry run tells what would be done, and does none of it."""

from __future__ import annotations

import typing as t

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record

if t.TYPE_CHECKING:
    from collections.abc import Callable


def test_a_dry_run_tells_the_plan_and_does_nothing(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run(leads(1)).code == 0
    before = {path.name: path.read_bytes() for path in work.folder.glob("journal.db*")}
    messages = [*leads(1, 2), record(lead(3, phone=None)), record(lead(1, city="Angers"))]
    result = work.run(messages, dry_run=True)
    assert result.code == 0
    assert result.out == ""
    assert posts() == 1
    assert "1 create, 1 skip, 0 hold, 2 reject" in result.err
    assert "phone is missing" in result.err
    assert "@" not in result.err
    assert {p.name: p.read_bytes() for p in work.folder.glob("journal.db")} == {
        "journal.db": before["journal.db"]
    }


def test_a_dry_run_begins_no_journal(work: Workplace) -> None:
    assert work.run(leads(1, 1), dry_run=True).code == 0
    assert sorted(path.name for path in work.folder.iterdir()) == ["config.json", "input.singer"]


def test_names_from_outside_cannot_control_a_terminal(work: Workplace) -> None:
    stream = "leads\x1b[2J\u202e"
    messages = [SCHEMA | {"stream": stream}, record(lead(1, phone=None), stream)]
    planned = work.run(messages, dry_run=True)
    assert "leads\\u001b[2J\\u202e" in planned.err
    assert work.run(messages).code == 3
    listed = [work.journal("list"), work.journal("list", "--format", "json")]
    for result in (planned, *listed):
        assert "[2J" in result.err + result.out
        assert not set("\x1b\u202e") & set(result.err + result.out)
