"""The overlap: a minute is read again in every run, and its unchanged rows do not come again."""

from __future__ import annotations

import pytest

from tests.kit.library import Library, Row, link_page
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

MOMENT = "2026-01-01T12:00:{second:02}Z"


def loan(number: int, second: int, **more: object) -> Row:
    return {"id": number, "updated_at": MOMENT.format(second=second), **more}


def loans(server: ScriptedServer, before: Run | None = None) -> Run:
    return run_tap(server.url, ["loans"], state=before.state if before else None)


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library(loans=[loan(1, 10), loan(2, 20), loan(3, 30)])
    server.app = made
    return made


def test_a_minute_before_the_bookmark_is_asked_for_again(
    server: ScriptedServer,
    library: Library,  # noqa: ARG001 - it is what the server serves
) -> None:
    first = loans(server)
    server.calls.clear()
    loans(server, first)
    assert server.calls[0].query["updated_after"] == "2026-01-01T11:59:30Z"


def test_unchanged_rows_of_the_minute_do_not_come_again(
    server: ScriptedServer,
    library: Library,  # noqa: ARG001
) -> None:
    first = loans(server)
    second = loans(server, first)
    third = loans(server, second)
    assert first.ids("loans") == [1, 2, 3]
    assert second.ids("loans") == third.ids("loans") == []
    assert third.bookmark("loans") == first.bookmark("loans")


def test_changed_and_late_rows_come(server: ScriptedServer, library: Library) -> None:
    first = loans(server)
    library.loans[0] = loan(1, 40)
    library.loans.append(loan(4, 15))
    second = loans(server, first)
    assert second.ids("loans") == [1, 4]
    assert second.bookmark("loans")["replication_key_value"] == MOMENT.format(second=40)
    assert loans(server, second).ids("loans") == []


def test_a_row_changed_again_within_its_second_comes(
    server: ScriptedServer, library: Library
) -> None:
    """Timestamps of whole seconds: the second change of a second shows in the content only."""
    library.loans = [loan(1, 10, name="one"), loan(2, 10, name="two")]
    first = loans(server)
    library.loans[0] = loan(1, 10, name="uno")
    second = loans(server, first)
    assert [record["name"] for record in second.records["loans"]] == ["uno"]


def test_what_is_remembered_stays_small(server: ScriptedServer, library: Library) -> None:
    library.page_size = 500
    library.loans = [loan(number, number % 60) for number in range(3000)]
    first = loans(server)
    assert len(first.ids("loans")) == 3000
    assert len(str(first.state)) < 120_000
    # Too many to remember: then they rather come twice.
    assert set(loans(server, first).ids("loans")) <= set(range(3000))


def test_a_run_that_failed_loses_nothing_of_the_minute(
    server: ScriptedServer, library: Library
) -> None:
    first = loans(server)
    library.loans = [loan(number, 30 + number) for number in range(1, 8)]

    def app(call: Call) -> object:
        return Reply(b"null") if call.query.get("page") == "2" else library(call)

    server.app = app
    failed = loans(server, first)
    assert failed.error is not None
    server.app = library
    again = loans(server, failed)
    assert {*failed.ids("loans"), *again.ids("loans")} == set(range(1, 8))


def test_a_page_without_any_timestamp_comes_too(server: ScriptedServer) -> None:
    dateless: list[Row] = [{"id": number, "updated_at": None} for number in (5, 6)]
    rows = [loan(1, 10), loan(2, 20), *dateless]
    server.app = lambda call: link_page(call, rows, 2)
    assert loans(server).ids("loans") == [1, 2, 5, 6]
