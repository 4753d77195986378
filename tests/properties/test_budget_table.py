"""A budget in PostgreSQL against the model of a sliding window, processes and sessions ending."""

from __future__ import annotations

import contextlib
import itertools
import typing as t

import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from singer_kit.http.budget import Window
from singer_kit.http.budget_store import StoreAwayError
from singer_kit.http.budget_table import BudgetTable
from singer_kit.http.budget_url import parse_budget_url
from singer_kit.http.shared_budget import SharedBudget
from tests.properties.test_budgets import Clock, Model

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_kit.http.budget import Budget

# As in the other model; a process is killed with its requests, or its session is lost.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["begin", "begin", "begin", "end", "end first", "kill", "lose"]),
        st.sampled_from([0.0, 0.1, 0.9, 4.0, 6.0]),
    ),
    min_size=10,
    max_size=30,
)
# Small enough to be used up within a few steps.
WINDOWS = st.lists(
    st.builds(Window, st.integers(1, 3), st.sampled_from([5, 30])), min_size=1, max_size=2
)
# The tables ask for the time by this name, which is looked for here first.
FAKE_CLOCK = (
    "create schema fake",
    "create table fake.now (at double precision)",
    "insert into fake.now values (0)",
    """
    create function fake.clock_timestamp() returns timestamptz language sql volatile
    as 'select to_timestamp(at) from fake.now'
    """,
)
NUMBERS = itertools.count()


class ServerClock(Clock):
    """The clock of the server, whose hands the test moves."""

    def __init__(self, connection: psycopg.Connection) -> None:
        super().__init__()
        self._connection = connection

    def show(self) -> None:
        self._connection.execute("update fake.now set at = %s", [self.now])


class MortalTable(BudgetTable):
    """The tables as a process sees them that can be killed: then it says nothing more."""

    killed = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        if self.killed:
            raise StoreAwayError("killed")
        with super().transaction():
            yield


@pytest.fixture(scope="module")
def server(make_database: Callable[[], str]) -> Iterator[tuple[str, psycopg.Connection]]:
    uri = make_database()
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in FAKE_CLOCK:
            connection.execute(statement.encode())
        yield uri, connection


class Processes:
    """Makes the budgets of two processes, and ends their sessions.

    Each machine has a clock of its own; that they go equally fast is all that they share.
    """

    def __init__(self, uri: str, connection: psycopg.Connection, clock: ServerClock) -> None:
        self._uri = uri
        self._connection = connection
        self._clock = clock
        self._name = f"b{next(NUMBERS)}"
        self._tables: list[MortalTable] = []

    def begin(self, which: int, windows: list[Window]) -> Budget:
        address = parse_budget_url(
            f"{self._uri}&budget={self._name}&application_name={self._name}-{which}"
            "&options=-csearch_path%3Dfake,pg_catalog"
        )
        ahead = 1_000_000 * which
        table = MortalTable(address, windows, clock=lambda: self._clock.now + ahead)
        self._tables[which:which] = [table]
        return SharedBudget(table, max_wait=0, patience=1e9)

    def kill(self, which: int) -> None:
        self._tables.pop(which).killed = True
        self.lose_session(which)

    def lose_session(self, which: int) -> None:
        self._connection.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where application_name = %s",
            [f"{self._name}-{which}"],
        )


@given(WINDOWS, st.none() | WINDOWS, STEPS)
@settings(max_examples=30, phases=[Phase.generate])  # making a failure smaller takes minutes
def test_no_window_is_exceeded_whatever_ends(
    server: tuple[str, psycopg.Connection],
    one: list[Window],
    others: list[Window] | None,
    steps: list[tuple[int, str, float]],
) -> None:
    other = others or one
    clock = ServerClock(server[1])
    clock.show()
    processes = Processes(*server, clock)
    limits = (one, other)
    model = Model([processes.begin(which, limits[which]) for which in (0, 1)], clock)
    most = min(window.requests for window in [*one, *other])
    try:
        for which, what, pause in steps:
            clock.now += pause
            clock.show()
            if what == "kill":
                processes.kill(which)
                model.kill(which, processes.begin(which, limits[which]))
            elif what == "lose":
                # The limits of one that is idle would be those of nobody until it is back.
                if one == other:
                    processes.lose_session(which)
            # Nobody answers those that are under way: another one would wait for ever.
            elif what != "begin" or len(model.open) < most:
                model.act(which, what)
            model.check([*one, *other])
    finally:
        processes.kill(1)
        processes.kill(0)
        for stack in [*model.left_open, *(each[0] for each in model.open)]:
            stack.close()
