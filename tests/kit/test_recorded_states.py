"""States of version 0.1.0, recorded before the engine was redesigned, are still understood."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest

from tests.kit.library import Library
from tests.kit.running import run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

RECORDED = Path(__file__).parent / "recorded" / "states.json"
SHELVES = ["a", "b", "c"]
STOP: dict[str, t.Any] = {"on_rate_limit": "stop", "max_wait": 0}


def read_state(name: str) -> dict[str, t.Any]:
    """Return a recorded state, as if it were of a minute ago."""
    recorded: dict[str, t.Any] = json.loads(RECORDED.read_text(encoding="utf-8"))[name]
    for bookmark in recorded["bookmarks"].values():
        if "round" in bookmark:
            bookmark["round"] = time.time() - 60
        if "resume" in bookmark:
            bookmark["resume"]["at"] = time.time() - 60
    return recorded


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=3, books=2, reviews=2)
    made.loans = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
    made.shelves = {name: [{"id": f"{name}1"}] for name in SHELVES}
    server.app = made
    return made


@pytest.mark.usefixtures("library")
def test_markers_bookmark_and_overlap_spare_their_requests(server: ScriptedServer) -> None:
    state = read_state("complete")
    run = run_tap(server.url, ["authors", "books", "reviews", "loans"], state=state)
    assert run.error is None
    assert {call.path for call in server.calls} == {"/authors", "/loans"}
    asked = [call.query["updated_after"] for call in server.calls if call.path == "/loans"]
    assert asked[0] == "2026-01-09T23:59:00Z"
    assert 10 not in run.ids("loans")


@pytest.mark.usefixtures("library")
def test_a_list_goes_on_behind_its_last_row(server: ScriptedServer) -> None:
    limits = [{"requests": 2, "seconds": 3600}]
    now = run_tap(server.url, ["loans"], rate_limits=limits, **STOP)
    state = read_state("in_a_list")
    # The recorded query is that of another port.
    place = state["bookmarks"]["loans"]["resume"]["list"]
    place["query"] = now.bookmark("loans")["resume"]["list"]["query"]
    run = run_tap(server.url, ["loans"], state=state)
    assert run.ids("loans") == [5, 6, 7, 8, 9, 10]
    assert run.bookmark("loans")["replication_key_value"] == "2026-01-10T00:00:00Z"


@pytest.mark.usefixtures("library")
def test_a_stream_that_was_done_is_not_read_again(server: ScriptedServer) -> None:
    state = read_state("between_streams")
    run = run_tap(server.url, ["loans", "shelves"], state=state, shelf_ids=SHELVES)
    assert run.error is None
    assert "/loans" not in {call.path for call in server.calls}
    assert run.ids("shelves")[-1] == "c1"
