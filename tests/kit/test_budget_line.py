"""Slots of a shared budget are for who came first, in a file and in PostgreSQL alike."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import typing as t

import psycopg
import pytest

from singer_kit.errors import BudgetError
from singer_kit.http import budget_file, budget_table
from singer_kit.http.budget import Window
from singer_kit.http.budget_file import BudgetFile
from singer_kit.http.budget_opening import open_budget
from singer_kit.http.budget_table import BudgetTable
from singer_kit.http.budget_url import is_url, parse_budget_url

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from singer_kit.http.budget import Budget
    from singer_kit.http.budget_store import BudgetStore

# In the signal that it sends to itself once it waits, no transaction is open.
PROCESS = """
import os, signal, sys
from singer_kit.http.budget import Window
from singer_kit.http.budget_opening import open_budget

asked = 0
def is_stopping():
    global asked
    asked += 1
    if asked == 2:
        os.kill(os.getpid(), int(sys.argv[2]))
    return False

budget = open_budget([Window(1, float(sys.argv[3]))], max_wait=600, path=sys.argv[1], patience=0,
                     package="tap-x", is_stopping=lambda: False)
with budget.slot(is_stopping):
    pass
"""


@pytest.fixture(params=["file", "postgresql"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the setting, once for each kind of budget."""
    if request.param == "file":
        return str(tmp_path / "budget.db")
    return f"{request.getfixturevalue('database')}&budget=moco"


def share(path: str, *windows: Window, max_wait: float = 0) -> Budget:
    return open_budget(
        windows,
        max_wait=max_wait,
        path=path,
        patience=0,
        package="tap-library",
        is_stopping=lambda: False,
    )


def use(budget: Budget) -> None:
    with budget.slot(lambda: False):
        pass


def wait_and_use(budget: Budget) -> None:
    """Wait for a slot, but not for ever."""
    naps = itertools.count(1)
    with budget.slot(lambda: next(naps) == 300):
        assert next(naps) < 300


def open_store(path: str) -> BudgetStore:
    if is_url(path):
        return BudgetTable(parse_budget_url(path), [])
    return BudgetFile(path, [])


def waiting(store: BudgetStore) -> list[int]:
    with store.transaction():
        return store.read(0).waiting


def enter(store: BudgetStore) -> int:
    """Wait as a process does whose turn has not come, or that is slow to see it."""
    with store.transaction():
        return store.enter_line()


def leave(store: BudgetStore, ticket: int) -> None:
    with store.transaction():
        store.leave_line(ticket)


def on_second_call(action: Callable[[], object], *, stops: bool = False) -> Callable[[], bool]:
    """Return an ``is_stopping`` that acts when its thread has waited once."""
    calls = 0

    def is_stopping() -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            action()
        return stops and calls > 1

    return is_stopping


def test_who_came_first_is_served_first(path: str) -> None:
    window = Window(1, 0.05)
    # Two threads of the first process, one each of the others.
    budgets = [share(path, window, max_wait=600) for _ in range(4)]
    budgets.append(budgets[0])
    served: list[int] = []
    threads = []

    def run(number: int, entered: threading.Event) -> None:
        with budgets[number].slot(on_second_call(entered.set)):
            served.append(number)

    with share(path, window).slot(lambda: False):
        for number in range(len(budgets)):
            entered = threading.Event()
            threads.append(threading.Thread(target=run, args=(number, entered)))
            threads[-1].start()
            assert entered.wait(60)
        assert len(waiting(open_store(path))) == len(budgets)
    for thread in threads:
        thread.join()
    assert served == list(range(len(budgets)))
    assert waiting(open_store(path)) == []


def test_so_many_of_those_who_wait_are_served_as_slots_are_free(path: str) -> None:
    store, budget = open_store(path), share(path, Window(3, 3600))
    tickets = [enter(store), enter(store)]
    use(budget)
    with pytest.raises(BudgetError, match=r"would wait (3599|3600) s"):
        use(budget)
    leave(store, tickets[0])
    use(budget)
    assert waiting(store) == tickets[1:]


def test_whose_turn_comes_after_others_is_told_how_long_that_takes(path: str) -> None:
    store, budget = open_store(path), share(path, Window(2, 3600))
    for told in (None, None, "3600", "3600", "7200"):
        if told is None:
            enter(store)
            continue
        with pytest.raises(BudgetError, match=f"would wait {told} s"):
            use(budget)
        enter(store)


def test_who_gives_up_waits_no_longer_before_others(path: str) -> None:
    store, budget = open_store(path), share(path, Window(1, 3600), max_wait=3600)
    stopping = on_second_call(lambda: seen.extend(waiting(store)), stops=True)
    seen: list[int] = []
    other = share(path, Window(1, 3600))
    with other.slot(lambda: False):
        with budget.slot(stopping):
            pass
        assert len(seen) == 1
        assert waiting(store) == []

        refused = on_second_call(lambda: other.note_refusal(7000))
        with pytest.raises(BudgetError, match=r"would wait (6999|7000) s"), budget.slot(refused):
            pass
        assert waiting(store) == []


def test_who_goes_on_waiting_keeps_its_place(path: str) -> None:
    store, window = open_store(path), Window(1, 3600)
    seen: list[list[int]] = []

    def is_stopping() -> bool:
        seen.append(waiting(store))
        if len(seen) == 2:
            # As after a time in which it could not say that it lives.
            leave(store, seen[1][0])
            enter(store)
        return len(seen) == 3

    waiter = share(path, window, max_wait=3600)
    with share(path, window).slot(lambda: False), waiter.slot(is_stopping):
        pass
    (first,) = seen[1]
    assert seen[2][0] == first
    assert len(seen[2]) == 2


def start(path: str, number: signal.Signals, seconds: float) -> subprocess.Popen[bytes]:
    """Start a process that sends itself a signal when it waits for a slot."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROCESS, path, str(int(number)), str(seconds)]
    return subprocess.Popen(command, env=environment)


def trust_tickets(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for module in (budget_file, budget_table):
        monkeypatch.setattr(module, "TICKET_SECONDS", seconds)


def test_a_killed_process_waits_no_longer_before_others(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_tickets(monkeypatch, 1e6)
    window = Window(1, 0.05)
    with share(path, window).slot(lambda: False), start(path, signal.SIGKILL, 0.05) as process:
        assert process.wait(60) == -signal.SIGKILL
    wait_and_use(share(path, window, max_wait=600))
    assert waiting(open_store(path)) == []


def test_a_process_that_stands_still_does_not_hold_up_others_for_ever(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_tickets(monkeypatch, 1e6)
    window = Window(1, 0.05)
    with share(path, window).slot(lambda: False):
        process = start(path, signal.SIGSTOP, 0.05)
        os.waitpid(process.pid, os.WUNTRACED)
    try:
        store = open_store(path)
        assert len(waiting(store)) == 1
        with pytest.raises(BudgetError):
            use(share(path, window))

        trust_tickets(monkeypatch, 0.5)
        wait_and_use(share(path, window, max_wait=600))
        # It still gets its slot when it goes on.
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0
        assert waiting(store) == []
    finally:
        process.kill()
        process.wait()


def test_what_an_earlier_version_made_serves_on(path: str) -> None:
    use(share(path, Window(3, 3600)))
    if is_url(path):
        with psycopg.connect(path.replace("&budget=moco", ""), autocommit=True) as connection:
            connection.execute("drop table singer_budgets.waiting")
    else:
        database = sqlite3.connect(path)
        database.execute("drop table waiting")
        database.close()

    store, budget = open_store(path), share(path, Window(3, 3600))
    ticket = enter(store)
    use(budget)
    with pytest.raises(BudgetError):
        use(budget)
    leave(store, ticket)
    assert budget.left() == {"3/3600s": 1}
    use(budget)
