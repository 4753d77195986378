"""Threads, for which no document gives a direction: new ones are found wherever they stand."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from tests.tap_ulule.support import run

if t.TYPE_CHECKING:
    from tests.harness.run import Record
    from tests.kit.scripted_server import Call, ScriptedServer

PAGE = 20


def make_thread(number: int) -> Record:
    """Make one of three threads that were changed in one second."""
    second = 1_760_000_000 + number // 3 * 60
    moment = datetime.fromtimestamp(second, timezone.utc)
    return {"id": number, "updated_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "_at": second}


def oldest_first(call: Call, count: int) -> Record:
    """Answer with a page of threads, ascending; the next one begins behind a second."""
    after = int(call.query.get("since", 0))
    left = [row for row in map(make_thread, range(count)) if row["_at"] > after]
    page = left[:PAGE]
    more = {"next": f"?limit={PAGE}&since={page[-1]['_at']}" if len(left) > PAGE else None}
    return {"threads": page, "meta": {"limit": PAGE, **more}}


def test_threads_that_come_oldest_first_are_all_read(server: ScriptedServer) -> None:
    settings = {
        "api_url": f"{server.url}/v1",
        "discussions_url": f"{server.url}/discussions",
        "auth_method": "api_key",
        "api_key": "a-key-of-the-test",
        "concurrency": 1,
        "rate_limits": [],
    }
    server.app = lambda call: {"id": 1} if call.path == "/v1/me" else oldest_first(call, 64)
    first = run(settings, select=["threads"])
    server.app = lambda call: {"id": 1} if call.path == "/v1/me" else oldest_first(call, 69)

    second = run(settings, state=first.state, select=["threads"])

    assert first.error is second.error is None
    assert sorted(first.ids("threads")) == [*range(64)]
    assert set(second.ids("threads")) >= {*range(64, 69)}
    assert len(second.ids("threads")) < PAGE
    assert "does not come with the newest first: it is read whole" in second.log
