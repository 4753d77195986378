"""A campaign that is asked for by a slug which it has no more is not gone."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run

STREAMS = ("projects", "project_comments")


@pytest.mark.parametrize("configured", ["new", "old"])
def test_nothing_of_it_is_told_as_deleted(server: ScriptedServer, configured: str) -> None:
    slug, deleted = "old", False

    def answer(call: Call) -> object:
        match call.path.removeprefix("/v1").strip("/").split("/"):
            case ["me"]:
                return {"id": 7}
            case ["projects", "other" | "2"]:
                return make_project(2, slug="other")
            case ["projects", name] if name in {"1", slug} and not deleted:
                return make_project(1, slug=slug, comments_count=1)
            case ["projects", "1", "comments"]:
                row = {"id": 11, "submit_date": "2026-01-01T00:00:00Z"}
                return page_of([row], call, "comments")
        return Reply([], status=404)

    def run(name: str, before: Run | None = None) -> Run:
        settings = {"project_ids": [name, "other"], "deleted_records": "detect"}
        return read(server, STREAMS, before, **settings)

    def gone(run: Run) -> list[Record]:
        rows = [row for name in STREAMS for row in run.records[name]]
        return [row for row in rows if row.get("_sdc_deleted_at")]

    server.app = answer
    first = run("old")
    slug = "new"
    second = run(configured, first)
    assert gone(second) == []

    deleted = True
    third = run("old", first)
    assert {row["id"] for row in gone(third)} == {1, 11}
