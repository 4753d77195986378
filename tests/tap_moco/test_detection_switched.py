"""`deleted_records` is switched on, or off and on again: what is gone from then on is told."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Row, link_page
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run

STREAMS = ("offers", "offer_attachments", "taggings")


def make_offer(ident: int, day: int) -> Row:
    return {"id": ident, "updated_at": f"2026-01-{day:02}T00:00:00Z", "tags": ["red"]}


class Account:
    """Offers, each with a tag and an attachment."""

    def __init__(self) -> None:
        self.offers = {n: make_offer(n, n) for n in range(1, 6)}

    def __call__(self, call: Call) -> object:
        if call.path == "/offers":
            since = call.query.get("updated_after", "")
            rows = [row for row in self.offers.values() if str(row["updated_at"]) > since]
            return link_page(call, rows, int(call.query["per_page"]))
        if "/attachments" in call.path:
            return [{"id": 10 * int(call.path.split("/")[2])}]
        return Reply([])


@pytest.fixture
def account(server: ScriptedServer) -> Account:
    made = Account()
    server.app = made
    return made


def read(server: ScriptedServer, deleted_records: str, before: Run | None = None) -> Run:
    settings = {"api_url": server.url, "api_key": "key", "deleted_records": deleted_records}
    run = run_tap(settings, catalog=select(*STREAMS), state=before.state if before else None)
    assert run.error is None
    return run


def gone(run: Run, stream: str) -> list[Record]:
    return [row for row in run.records[stream] if row.get("_sdc_deleted_at")]


def activated(run: Run) -> bool:
    return any(m["type"] == "ACTIVATE_VERSION" and m["stream"] == "offers" for m in run.messages)


def test_what_is_below_a_record_is_gone_with_it_though_it_came_before(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server, "ignore")
    second = read(server, "detect", first)
    del account.offers[2]
    third = read(server, "detect", second)
    assert activated(third)
    assert [row["offer_id"] for row in gone(third, "offer_attachments")] == [2]
    assert [row["taggable_id"] for row in gone(third, "taggings")] == [2]


def test_as_many_created_as_deleted_while_it_was_off_are_no_balance(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server, "detect")
    # The newest one comes again with the overlap, and is counted then.
    account.offers |= {6: make_offer(6, 16), 7: make_offer(7, 18)}
    second = read(server, "ignore", first)
    del account.offers[2]
    third = read(server, "detect", second)
    assert activated(third)
    assert sorted(third.ids("offers")) == [1, 3, 4, 5, 6, 7]
    assert [row["offer_id"] for row in gone(third, "offer_attachments")] == [2]
    fourth = read(server, "detect", third)
    assert fourth.records == {}


def test_switching_it_off_costs_nothing(server: ScriptedServer, account: Account) -> None:
    first = read(server, "detect")
    second = read(server, "ignore", first)
    assert second.ids("offers") == []
    account.offers[1] = make_offer(1, 16)
    third = read(server, "ignore", second)
    assert third.ids("offers") == [1]


@pytest.mark.parametrize("start_date", [None, "2026-01-03"])
def test_a_start_date_that_moves_on_deletes_nothing_from_before(
    server: ScriptedServer, account: Account, start_date: str | None
) -> None:
    settings = {"api_url": server.url, "api_key": "key", "deleted_records": "detect"}
    catalog = select(*STREAMS)
    first = run_tap(settings, catalog=catalog)
    del account.offers[5]
    moved = {"start_date": start_date} if start_date else {}
    second = run_tap({**settings, **moved}, catalog=catalog, state=first.state)
    assert activated(second)
    assert sorted(second.ids("offers")) == [1, 2, 3, 4]
    assert [row["offer_id"] for row in gone(second, "offer_attachments")] == [5]
    third = run_tap(settings, catalog=catalog, state=second.state)
    assert third.records == {}


def test_a_start_date_that_comes_with_detection_deletes_nothing_from_before(
    server: ScriptedServer,
    account: Account,  # noqa: ARG001 - what the server has
) -> None:
    settings = {"api_url": server.url, "api_key": "key"}
    later = {**settings, "deleted_records": "detect", "start_date": "2026-01-03"}
    catalog = select("offers")
    second = run_tap(later, catalog=catalog, state=run_tap(settings, catalog=catalog).state)
    assert activated(second)
    assert sorted(second.ids("offers")) == [1, 2, 3, 4, 5]


def test_with_a_start_date_copies_of_older_records_stay(
    server: ScriptedServer, account: Account
) -> None:
    settings = {"api_url": server.url, "api_key": "key", "deleted_records": "detect"}
    later = {**settings, "start_date": "2026-01-03"}
    first = run_tap(settings, catalog=select("taggings"))
    second = run_tap(later, catalog=select("offers", "taggings"), state=first.state)
    assert len(account.offers) == len(first.records["taggings"])
    assert gone(second, "taggings") == []
