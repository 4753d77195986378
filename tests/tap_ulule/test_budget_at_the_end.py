"""The request budget ends just before the last request, which asks whose the credentials are."""

from __future__ import annotations

import typing as t

import pytest

from tests.tap_ulule.scripted_api import make_project, page_of, partner, read

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import Call, ScriptedServer


@pytest.mark.parametrize("requests", [1, 2, 3, 4])
def test_wherever_it_ends_the_run_stops_well(server: ScriptedServer, requests: int) -> None:
    def lists(call: Call, parts: list[str]) -> object:
        match parts:
            case ["projects", "1", "comments"]:
                row = {"id": 11, "submit_date": "2026-01-01T00:00:00Z"}
                return page_of([row], call, "comments", total=False)
        return None

    server.app = partner(lambda: [make_project(1, comments_count=1)], lists)
    limits = [{"requests": requests, "seconds": 3600}]
    run = read(
        server, ("projects", "project_comments"), partner_slugs=["a"],
        rate_limits=limits, on_rate_limit="stop", max_wait=1,
    )  # fmt: skip

    assert run.error is None
    stopped = "stopped by the request budget"
    assert run.summary["outcome"] == ("complete" if requests == 4 else stopped)
