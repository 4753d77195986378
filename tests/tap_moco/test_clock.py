"""What changed since the last run is asked for by the clock of MOCO, not by the machine's."""

from __future__ import annotations

import dataclasses
import functools
import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tap_moco._kit.http.clock import RunClock
from tap_moco._kit.times import instant
from tap_moco.tap import TapMoco
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tap_moco._kit.runtime.context import RunContext
    from tests.harness.run import Record


def at(moment: datetime) -> t.Any:  # noqa: ANN401 - a property of the tap
    """Return the context of a run that starts at a moment by the machine's clock."""
    made = TapMoco.run_context

    @functools.cached_property
    def run_context(tap: TapMoco) -> RunContext:
        found: RunContext = made.func(tap)
        found.session.clock = clock = RunClock(moment)
        return dataclasses.replace(found, clock=clock)

    run_context.__set_name__(TapMoco, "run_context")
    return run_context


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


@pytest.mark.parametrize(
    ("date", "years"),
    [
        ("2026-01-01T00:00:30Z", ["2025", "2026"]),
        ("2026-03-31T23:58:00Z", ["2025", "2026"]),
        ("2026-04-01T00:00:30Z", ["2026"]),
        ("2026-12-31T23:58:00Z", ["2026"]),
    ],
)
def test_reports_are_of_the_current_year_and_of_one_that_may_still_change(
    server: ScriptedServer, date: str, years: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(call: Call) -> Reply:
        asked.append(call.query["year"])
        return Reply([], headers={"Date": ""})

    asked: list[str] = []
    server.app = answer
    monkeypatch.setattr(TapMoco, "run_context", at(instant(date)))
    config: Record = {"api_url": server.url, "api_key": "k", "rate_limits": [], "concurrency": 1}

    run = run_tap(config, catalog=select("report_absences"))

    assert run.error is None
    assert asked == years


def test_the_year_is_that_of_the_server_once_it_is_known(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is half an hour ahead on New Year's Eve."""

    def answer(call: Call) -> Reply:
        asked.append(call.query.get("year"))
        return Reply([], headers={"Date": "Thu, 31 Dec 2026 23:40:00 GMT"})

    asked: list[str | None] = []
    server.app = answer
    monkeypatch.setattr(TapMoco, "run_context", at(instant("2027-01-01T00:10:00Z")))
    config: Record = {"api_url": server.url, "api_key": "k", "rate_limits": [], "concurrency": 1}

    run_tap(config, catalog=select("deals", "report_absences"))

    assert asked == [None, "2026"]
