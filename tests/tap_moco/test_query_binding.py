"""Whoever reads as somebody else, or further back, gets all of it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from tests.kit.library import link_page
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import config_for, run_tap, select, world

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

ROWS = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 12)]


def test_a_run_as_another_user_does_not_spare_the_next_ones(box: RunningSandbox) -> None:
    user = world(box, "users")[-1]["id"]
    catalog = select("activities")
    first = run_tap(config_for(box, impersonate_user_id=user), catalog=catalog)
    second = run_tap(config_for(box), catalog=catalog, state=first.state)
    assert len(second.records["activities"]) == len(world(box, "activities"))
    assert "'activities' is read anew" in second.log


def test_a_recorded_state_of_version_0_1_0_is_understood() -> None:
    """Its keys: bookmark, overlap, census, and until when children's parents are known."""
    recorded = Path(__file__).with_name("recorded_state.json").read_text(encoding="utf-8")
    server = ScriptedServer()
    server.app = answer
    try:
        settings = {"api_url": server.url, "api_key": "key", "deleted_records": "detect"}
        catalog = select("offers", "offer_attachments", "receipts")
        run = run_tap(settings, catalog=catalog, state=json.loads(recorded))
    finally:
        server.close()
    asked = {(c.path, c.query.get("updated_after"), c.query["per_page"]) for c in server.calls}
    assert ("/offers", "2026-01-09T23:59:00Z", "100") in asked
    assert ("/offers", None, "1") in asked
    # Ten are known and one is new: the list is not read whole.
    assert ("/offers", None, "100") not in asked
    assert [call.path for call in server.calls if "attach" in call.path] == [
        "/offers/11/attachments"
    ]
    assert run.ids("offers") == [11]


def answer(call: Call) -> object:
    if call.path == "/offers":
        since = call.query.get("updated_after", "")
        rows = [{**row, "name": f"offer {row['id']}"} for row in ROWS if row["updated_at"] > since]
        return link_page(call, rows, int(call.query["per_page"]))
    if call.path == "/receipts":
        return link_page(call, [{"id": 5, "title": "x"}], int(call.query["per_page"]))
    return Reply([])
