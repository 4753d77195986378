"""What belongs to a record comes, though the record was read without it, or it was read in vain."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.dated_lists import DatedLists
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Run


def read(server: ScriptedServer, streams: tuple[str, ...], before: Run | None = None) -> Run:
    settings = {
        "api_url": server.url, "api_key": "key", "deleted_records": "detect", "concurrency": 1,
    }  # fmt: skip
    run = run_tap(settings, catalog=select(*streams), state=before.state if before else None)
    assert run.error is None
    return run


def test_a_record_that_changed_before_the_whole_reading_brings_its_children_next_time(
    server: ScriptedServer,
) -> None:
    streams = ("purchases", "purchase_items")
    purchases = [
        {"id": n, "updated_at": f"2026-01-0{n}T00:00:00Z", "items": [{"id": 10 * n}]}
        for n in range(1, 6)
    ]
    server.app = lists = DatedLists({"/purchases": purchases})
    first = read(server, streams)
    lists.pass_minutes(10)
    lists.lists["/purchases"] = [row for row in purchases if row["id"] != 2]

    def move(call: Call) -> None:
        # Once the list was counted, which is then read whole.
        if call.path == "/purchases" and call.query["per_page"] == "1":
            lists.after = lambda _: None
            lists.row("/purchases", 4).update(
                updated_at=lists.now(), items=[{"id": 40}, {"id": 41}]
            )
            lists.lists["/purchases"].append(
                {"id": 7, "updated_at": lists.now(), "items": [{"id": 70}]}
            )

    lists.after = move
    second = read(server, streams, first)
    assert 7 in second.ids("purchases")
    lists.pass_minutes(10)

    third = read(server, streams, second)

    assert {40, 41, 70} <= set(third.ids("purchase_items"))


def test_a_record_whose_list_was_doubted_is_looked_at_again(server: ScriptedServer) -> None:
    streams = ("offers", "offer_attachments")
    offers = [{"id": n, "updated_at": f"2026-01-0{n}T00:00:00Z"} for n in range(1, 4)]
    attachments = {
        f"/offers/{n}/attachments": [{"id": 10 * n}, {"id": 10 * n + 1}] for n in range(1, 4)
    }
    server.app = lists = DatedLists({"/offers": offers, **attachments})
    first = read(server, streams)
    lists.pass_minutes(10)
    lists.row("/offers", 3)["updated_at"] = lists.now()
    lists.lists["/offers/3/attachments"].append({"id": 32})
    asked: list[str] = []

    def stumble(call: Call) -> Reply:
        """Answer once as if there were none."""
        if call.path == "/offers/3/attachments" and not asked:
            asked.append(call.path)
            return Reply([])
        return lists(call)

    server.app = stumble
    second = read(server, streams, first)
    assert "second reading says otherwise" in second.log
    lists.pass_minutes(10)

    third = read(server, streams, second)

    assert 32 in third.ids("offer_attachments")


def test_an_approval_that_is_withdrawn_is_told(server: ScriptedServer) -> None:
    streams = ("offers", "offer_customer_approvals")
    offers = [
        {"id": n, "updated_at": f"2026-01-0{n}T00:00:00Z", "customer_approval": {"id": 100 + n}}
        for n in range(1, 4)
    ]
    lists = DatedLists({"/offers": offers})

    def answer(call: Call) -> Reply:
        if call.path.endswith("/customer_approval"):
            found = lists.row("/offers", int(call.path.split("/")[2]))["customer_approval"]
            return Reply(found) if found else Reply({}, status=404)
        return lists(call)

    server.app = answer
    first = read(server, streams)
    lists.pass_minutes(10)
    lists.row("/offers", 2).update(customer_approval=None, updated_at=lists.now())

    second = read(server, streams, first)

    gone = [r["id"] for r in second.records["offer_customer_approvals"] if r["_sdc_deleted_at"]]
    assert gone == [102]
    lists.pass_minutes(10)
    server.calls.clear()
    read(server, streams, second)
    assert not any(call.path.endswith("/customer_approval") for call in server.calls)


def test_a_rate_that_is_taken_away_is_told_and_the_run_goes_on(server: ScriptedServer) -> None:
    streams = ("account_internal_hourly_rates", "internal_rates")
    path = "/account/internal_hourly_rates"
    rates = [
        {"id": n, "full_name": "x", "rates": [{"year": 2026, "rate": 50.0}]} for n in range(1, 4)
    ]
    server.app = lists = DatedLists({path: rates})
    first = read(server, streams)
    lists.pass_minutes(10)
    lists.row(path, 2)["rates"] = []

    second = read(server, streams, first)
    third = read(server, streams, second)

    gone = [row for row in second.records["internal_rates"] if row.get("_sdc_deleted_at")]
    assert [(row["user_id"], row["year"]) for row in gone] == [(2, 2026)]
    assert not any(row.get("_sdc_deleted_at") for row in third.records["internal_rates"])
