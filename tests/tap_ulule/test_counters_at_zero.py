"""A counter that fell to 0 and rose again to what it was: the new rows come."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run


def test_rows_that_come_after_there_were_none(server: ScriptedServer) -> None:
    comments: list[Record] = []

    def answer(call: Call) -> object:
        # The second project is left alone: not every project is met in every run.
        projects = [make_project(1, comments_count=len(comments)), make_project(2)]
        match call.path.removeprefix("/v1").strip("/").split("/"):
            case ["me"]:
                return {"id": 7}
            case ["partners", "a", "projects"]:
                return page_of(projects, call, "projects")
            case ["projects", ("1" | "2") as ident]:
                return projects[int(ident) - 1]
            case ["projects", "1", "comments"]:
                return page_of(comments, call, "comments")
        return Reply([], status=404)

    def run(before: Run | None = None) -> Run:
        done = read(server, ("projects", "project_comments"), before, partner_slugs=["a"])
        assert done.error is None
        return done

    server.app = answer
    comments[:] = [{"id": 11, "submit_date": "2026-01-01T00:00:00Z"}]
    first = run()
    comments.clear()
    second = run(first)
    comments[:] = [{"id": 12, "submit_date": "2026-01-02T00:00:00Z"}]

    assert run(second).ids("project_comments") == [12]
