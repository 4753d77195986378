"""Taggings come of eight lists: each is read, and may stop or be denied, on its own."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tap_moco._kit.times import as_text, instant
from tap_moco.streams.tags import TAGGABLE
from tests.kit.library import link_page
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run

PATHS = {kind: path for kind, (path, _) in TAGGABLE.items()}
KINDS = {path: kind for kind, path in PATHS.items()}
Tag = tuple[str, int, str]


class Account:
    """Three records of each kind, all with the tag "red"; the account has a clock of its own.

    Attributes:
        failures: Statuses of lists that answer with no rows, by kind and page.
        since: Of each kind, the ``updated_after`` of the requests for its first page.
    """

    def __init__(self) -> None:
        self._now = datetime.now(timezone.utc) - timedelta(hours=2)
        self._rows: dict[str, dict[int, Record]] = {kind: {} for kind in TAGGABLE}
        self.failures: dict[tuple[str, int], int] = {}
        self.since: dict[str, list[str | None]] = {}
        for kind in TAGGABLE:
            for ident in (1, 2, 3):
                self.tag(kind, ident, "red")
        self.pass_time()

    def pass_time(self) -> None:
        self._now += timedelta(minutes=1)

    def tag(self, kind: str, ident: int, *names: str) -> None:
        """Give a record these tags and no others."""
        self.pass_time()
        row = {"id": ident, "tags": list(names), "updated_at": as_text(self._now)}
        self._rows[kind][ident] = row
        self.pass_time()

    def __call__(self, call: Call) -> Reply:
        found = self._answer(call)
        date = format_datetime(self._now, usegmt=True)
        return dataclasses.replace(found, headers={**found.headers, "Date": date})

    def _answer(self, call: Call) -> Reply:
        if call.path not in KINDS:
            return Reply({"id": 1})
        kind, page = KINDS[call.path], int(call.query.get("page", 1))
        since = call.query.get("updated_after")
        if page == 1:
            self.since.setdefault(kind, []).append(since)
        if (kind, page) in self.failures:
            return Reply(status=self.failures[kind, page])
        rows = self._rows[kind].values()
        changed = [row for row in rows if not since or instant(row["updated_at"]) > instant(since)]
        return link_page(call, changed, 2)


@pytest.fixture
def account(server: ScriptedServer) -> Account:
    server.app = account = Account()
    return account


def read(
    server: ScriptedServer,
    before: Run | None = None,
    state: Record | None = None,
    **settings: str,
) -> Run:
    """Run the tap; what it asks for is that of this run alone."""
    t.cast("Account", server.app).since = {}
    config = {"api_url": server.url, "api_key": "key", "retry_seconds": 0, "concurrency": 1,
              "overlap_seconds": 0, "rate_limits": [], **settings}  # fmt: skip
    run = run_tap(config, catalog=select("taggings"), state=before.state if before else state)
    t.cast("Account", server.app).pass_time()
    return run


def tags(run: Run, *, gone: bool = False) -> list[Tag]:
    """Return the taggings that came, or those that were told to be gone."""
    return [
        (row["taggable_type"], row["taggable_id"], row["name"])
        for row in run.records["taggings"]
        if bool(row.get("_sdc_deleted_at")) == gone
    ]


@pytest.mark.parametrize("page", [1, 2])
def test_what_changes_in_lists_that_a_stopped_run_has_read_comes_with_the_run_after_the_next(
    server: ScriptedServer, account: Account, page: int
) -> None:
    account.failures = {("Contact", page): 500}
    stopped = read(server)
    account.failures.clear()
    account.tag("Company", 1, "red", "blue")
    account.tag("Company", 4, "green")

    continued = read(server, stopped)
    following = read(server, continued)

    assert stopped.error
    came = set(tags(continued) + tags(following))
    assert {("Company", 1, "blue"), ("Company", 4, "green")} <= came


def test_a_tag_that_a_stopped_run_brought_is_told_when_it_is_gone(
    server: ScriptedServer, account: Account
) -> None:
    account.failures = {("Contact", 1): 500}
    stopped = read(server, deleted_records="detect")
    account.failures.clear()
    continued = read(server, stopped, deleted_records="detect")
    account.tag("Company", 1)
    account.tag("Deal", 1)

    following = read(server, continued, deleted_records="detect")

    assert ("Company", 1, "red") in tags(stopped)
    assert tags(following, gone=True) == [("Company", 1, "red"), ("Deal", 1, "red")]


def test_a_tag_of_a_list_that_broke_off_is_told_when_it_is_gone(
    server: ScriptedServer, account: Account
) -> None:
    account.tag("Contact", 4, "red")
    account.tag("Contact", 5, "red")
    account.failures = {("Contact", 3): 500}
    stopped = read(server, deleted_records="detect")
    account.failures.clear()
    account.tag("Contact", 1)

    continued = read(server, stopped, deleted_records="detect")

    assert ("Contact", 1, "red") in tags(stopped)
    assert ("Contact", 5, "red") in tags(continued)
    assert tags(continued, gone=True) == [("Contact", 1, "red")]


def test_what_is_gone_is_told_once_although_a_later_list_fails(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server, deleted_records="detect")
    account.tag("Company", 1)
    account.tag("Contact", 2)
    account.failures = {("Contact", 1): 500}
    stopped = read(server, first, deleted_records="detect")
    account.failures.clear()

    continued = read(server, stopped, deleted_records="detect")
    following = read(server, continued, deleted_records="detect")

    assert tags(stopped, gone=True) == [("Company", 1, "red")]
    assert tags(continued, gone=True) == [("Contact", 2, "red")]
    assert following.records == {}


def test_each_list_that_may_not_be_read_is_named(server: ScriptedServer, account: Account) -> None:
    account.failures = {("Deal", 1): 403, ("User", 1): 403}

    run = read(server)

    assert run.error is None
    assert run.summary["denied"] == ["taggings (Deal): 403", "taggings (User): 403"]
    skipped = [line for line in run.log.splitlines() if "Skipped" in line]
    assert ["/deals" in line for line in skipped] == [True, False]
    assert "/users" in skipped[1]
    assert {kind for kind, _, _ in tags(run)} == set(TAGGABLE) - {"Deal", "User"}


def test_the_others_are_read_since_the_last_run_and_what_they_lost_is_told(
    server: ScriptedServer, account: Account
) -> None:
    account.failures = {("Deal", 1): 403, ("User", 1): 403}
    first = read(server, deleted_records="detect")
    account.tag("Company", 1)
    account.tag("Offer", 2, "red", "blue")

    second = read(server, first, deleted_records="detect")

    assert tags(second, gone=True) == [("Company", 1, "red")]
    assert sorted(tags(second)) == [("Offer", 2, "blue"), ("Offer", 2, "red")]
    asked = {kind for kind, since in account.since.items() if since == [None]}
    assert asked == {"Deal", "User"}


def test_a_list_that_may_be_read_later_is_read_whole_once(
    server: ScriptedServer, account: Account
) -> None:
    account.failures = {("Deal", 1): 403}
    first = read(server)
    account.failures.clear()

    second = read(server, first)
    third = read(server, second)

    assert sorted(tags(second)) == [("Deal", ident, "red") for ident in (1, 2, 3)]
    assert third.records == {}
    assert None not in [since for found in account.since.values() for since in found]


def test_a_list_that_may_be_read_no_more_is_read_on_from_there_when_it_may(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server, deleted_records="detect")
    account.failures = {("Deal", 1): 403}
    account.tag("Deal", 1, "blue")
    second = read(server, first, deleted_records="detect")
    account.failures.clear()

    third = read(server, second, deleted_records="detect")

    assert tags(third) == [("Deal", 1, "blue")]
    assert tags(third, gone=True) == [("Deal", 1, "red")]


def test_with_other_credentials_all_lists_are_read_whole(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server)
    account.failures = {("Contact", 1): 500}
    stopped = read(server, first, api_key="another")
    account.failures.clear()

    continued = read(server, stopped, api_key="another")

    everything = {(kind, ident, "red") for kind in TAGGABLE for ident in (1, 2, 3)}
    assert set(tags(stopped) + tags(continued)) == everything


def test_a_state_of_an_older_version_holds_for_all_lists(
    server: ScriptedServer, account: Account
) -> None:
    first = read(server)
    until = min(first.bookmark("taggings")["types_until"].values())
    account.tag("User", 2, "blue")

    second = read(server, state={"bookmarks": {"taggings": {"read_until": until}}})
    third = read(server, second)

    assert tags(second) == [("User", 2, "blue")]
    assert "read_until" not in second.bookmark("taggings")
    assert third.records == {}
