"""A counter that fell to 0 and rose again to what it was: the new rows come."""

from __future__ import annotations

import typing as t

from tests.tap_ulule.scripted_api import make_project, page_of, partner, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run
    from tests.kit.scripted_server import Call, ScriptedServer


def test_rows_that_come_after_there_were_none(server: ScriptedServer) -> None:
    comments: list[Record] = []

    def lists(call: Call, parts: list[str]) -> object:
        return page_of(comments, call, "comments") if parts[1:] == ["1", "comments"] else None

    def projects() -> list[Record]:
        # The second one is left alone: not every project is met in every run.
        return [make_project(1, comments_count=len(comments)), make_project(2)]

    def run(before: Run | None = None) -> Run:
        done = read(server, ("projects", "project_comments"), before, partner_slugs=["a"])
        assert done.error is None
        return done

    server.app = partner(projects, lists)
    comments[:] = [{"id": 11, "submit_date": "2026-01-01T00:00:00Z"}]
    first = run()
    comments.clear()
    second = run(first)
    comments[:] = [{"id": 12, "submit_date": "2026-01-02T00:00:00Z"}]

    assert run(second).ids("project_comments") == [12]
