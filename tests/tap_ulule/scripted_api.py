"""A made-up Ulule whose lists a test changes between two requests."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Reply
from tests.tap_ulule.support import run

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.harness.run import Record, Run
    from tests.kit.scripted_server import Call, ScriptedServer


def page_of(rows: list[Record], call: Call, name: str, *, total: bool = True) -> Record:
    """Answer with one page of a list by limit and offset."""
    size = min(int(call.query.get("limit", 20)), 20)
    offset = int(call.query.get("offset", 0))
    more = offset + size < len(rows)
    meta: Record = {"next": f"?limit={size}&offset={offset + size}" if more else None}
    if total:
        meta["total_count"] = len(rows)
    return {"meta": meta, name: rows[offset : offset + size]}


def make_project(ident: int, **fields: object) -> Record:
    """Make a project that is online and has nothing yet."""
    counters = ("comments_count", "news_count", "supporters_count", "amount_raised")
    return {
        "id": ident, "slug": f"project-{ident}", "type": "project", "goal": 1000, "lang": "en",
        "status": "online", "finished": False, "is_online": True, "is_cancelled": False,
        "rewards": [], **dict.fromkeys(counters, 0), **fields,
    }  # fmt: skip


def partner(
    projects: Callable[[], list[Record]], lists: Callable[[Call, list[str]], object]
) -> Callable[[Call], object]:
    """Return what answers for the partner "a".

    Args:
        projects: Returns its projects as they are now.
        lists: Answers all other requests, given the parts of the path; None for 404.
    """

    def answer(call: Call) -> object:
        parts = call.path.removeprefix("/v1").strip("/").split("/")
        match parts:
            case ["me"]:
                return {"id": 7}
            case ["partners", "a", "projects"]:
                return page_of(projects(), call, "projects")
            case ["projects", ident]:
                found: object = next((p for p in projects() if str(p["id"]) == ident), None)
            case _:
                found = lists(call, parts)
        return Reply([], status=404) if found is None else found

    return answer


def read(
    server: ScriptedServer,
    streams: Iterable[str],
    before: Run | None = None,
    **settings: object,
) -> Run:
    """Run the tap; whether it failed, the test judges."""
    config = {
        "api_url": f"{server.url}/v1",
        "auth_method": "api_key",
        "api_key": "a-key-of-the-test",
        "concurrency": 1,
        "rate_limits": [],
        "retry_seconds": 0,
        **settings,
    }
    return run(config, state=before.state if before else None, select=streams)
