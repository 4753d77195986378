"""The orders of an ended campaign may not be read any more: that is found out once."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, partner, read

if t.TYPE_CHECKING:
    from tests.harness.run import Run

STREAMS = ("projects", "project_orders")


def test_the_payout_is_not_asked_for_in_every_run(server: ScriptedServer) -> None:
    refused = False
    ended = make_project(
        1, finished=True, is_online=False, orders_count=2, supporters_count=1, amount_raised=20
    )
    orders = [
        {"id": 60 + n, "status": "payment-completed", "order_total": 10, "items": [],
         "created_at": f"2026-01-01T00:00:0{n}Z"}
        for n in range(2)
    ]  # fmt: skip

    def lists(call: Call, parts: list[str]) -> object:
        match parts:
            case ["projects", "1", "orders"]:
                return Reply({}, status=403) if refused else page_of(orders, call, "orders")
        return None

    def run(before: Run | None = None) -> Run:
        server.calls.clear()
        done = read(server, STREAMS, before, partner_slugs=["a"])
        assert done.error is None
        return done

    server.app = partner(lambda: [ended], lists)
    first = run()
    # Known for another day.
    (checkpoint,) = first.state["bookmarks"]["project_orders"]["checkpoint"]
    checkpoint["unsettled"]["1"][1] -= 1
    refused = True
    second = run(first)
    assert second.summary["denied"] == ["project_orders (1): 403"]
    third = run(second)

    assert third.summary["denied"] == []
    assert server.asked("/v1/projects/1/orders") == 0
