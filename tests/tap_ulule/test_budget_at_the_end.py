"""The request budget ends just before the last request, which asks whose the credentials are."""

from __future__ import annotations

import pytest

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, read


@pytest.mark.parametrize("requests", [1, 2, 3, 4])
def test_wherever_it_ends_the_run_stops_well(server: ScriptedServer, requests: int) -> None:
    def answer(call: Call) -> object:
        project = make_project(1, comments_count=1)
        match call.path.removeprefix("/v1").strip("/").split("/"):
            case ["me"]:
                return {"id": 7}
            case ["partners", "a", "projects"]:
                return page_of([project], call, "projects")
            case ["projects", "1"]:
                return project
            case ["projects", "1", "comments"]:
                row = {"id": 11, "submit_date": "2026-01-01T00:00:00Z"}
                return page_of([row], call, "comments", total=False)
        return Reply([], status=404)

    server.app = answer
    limits = [{"requests": requests, "seconds": 3600}]
    run = read(
        server, ("projects", "project_comments"), partner_slugs=["a"],
        rate_limits=limits, on_rate_limit="stop", max_wait=1,
    )  # fmt: skip

    assert run.error is None
    stopped = "stopped by the request budget"
    assert run.summary["outcome"] == ("complete" if requests == 4 else stopped)
