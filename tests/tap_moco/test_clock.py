"""What changed since the last run is asked for by the clock of MOCO, not by the machine's."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tap_moco._kit.times import instant
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.run import Record


class Account:
    """An account whose clock differs from the machine's: its lists know ``updated_after``."""

    def __init__(self, offset: float) -> None:
        self.offset = timedelta(seconds=offset)
        self.created: dict[int, datetime] = {}
        self.asked: list[str | None] = []

    @property
    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.offset

    def __call__(self, call: Call) -> Reply:
        after = call.query.get("updated_after")
        self.asked.append(after)
        rows = [{"id": number, "tags": ["a"]} for number, at in self.created.items()
                if after is None or at > instant(after)]  # fmt: skip
        return Reply(rows, headers={"Date": format_datetime(self.now, usegmt=True)})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.mark.parametrize("offset", [-600, -90, 600])
@pytest.mark.parametrize(
    "stream", ["receipts", "vat_code_sales", "revenue_categories", "offer_confirmations",
               "taggings"],
)  # fmt: skip
def test_what_is_made_after_a_run_comes_with_the_next_one(
    server: ScriptedServer, stream: str, offset: float
) -> None:
    server.app = account = Account(offset)
    account.created = {1: account.now - timedelta(days=1)}
    config: Record = {"api_url": server.url, "api_key": "k", "rate_limits": []}
    first = run_tap(config, catalog=select(stream))
    account.created[2] = account.now

    second = run_tap(config, catalog=select(stream), state=first.state)

    name = "taggable_id" if stream == "taggings" else "id"
    assert set(first.ids(stream, name)) == {1}
    assert set(second.ids(stream, name)) == {2}


def test_the_overlap_of_such_a_list_is_as_long_as_it_is_set(server: ScriptedServer) -> None:
    server.app = account = Account(0)
    config: Record = {"api_url": server.url, "api_key": "k", "rate_limits": [],
                      "overlap_seconds": 3600}  # fmt: skip
    first = run_tap(config, catalog=select("receipts"))
    # Dated half an hour ago, and visible only now.
    account.created = {1: account.now - timedelta(minutes=30)}

    second = run_tap(config, catalog=select("receipts"), state=first.state)

    assert second.ids("receipts") == [1]
