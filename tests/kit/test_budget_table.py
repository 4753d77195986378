"""A budget in PostgreSQL: whose limits hold, what ends with a process, and what may go wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import typing as t
from urllib.parse import urlsplit

import psycopg
import pytest

from singer_kit.errors import BudgetError, ConfigError, KitError
from singer_kit.http.budget import Window
from singer_kit.http.budget_opening import open_budget
from singer_kit.http.budget_table import BudgetTable
from singer_kit.http.budget_url import parse_budget_url
from singer_kit.http.shared_budget import SharedBudget
from tests.structure import ROOT

if t.TYPE_CHECKING:
    from singer_kit.http.budget import Budget

HOUR = Window(500, 3600)
SECRET = "pass%word"


def name_budget(uri: str, name: str = "moco", **parameters: str) -> str:
    """Return the URI of a database as ``budget_path`` has it."""
    query = "&".join(f"{k}={v}" for k, v in {"budget": name, **parameters}.items())
    return f"{uri}{'&' if '?' in uri else '?'}{query}"


def share(url: str, *windows: Window, max_wait: float = 0, patience: float = 0) -> Budget:
    return open_budget(
        windows,
        max_wait=max_wait,
        path=url,
        patience=patience,
        package="tap-library",
        is_stopping=lambda: False,
    )


def use(budget: Budget, count: int = 1) -> None:
    for _ in range(count):
        with budget.slot(lambda: False):
            pass


@pytest.fixture
def url(database: str) -> str:
    return name_budget(database)


def execute(uri: str, *statements: str) -> list[t.Any]:
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


# Whose limits hold


@pytest.mark.parametrize("strict_first", [True, False])
def test_the_limits_of_each_hold_for_all(url: str, *, strict_first: bool) -> None:
    limits = [Window(6, 3000), Window(100, 1000)]
    one, other = (share(url, limit) for limit in limits)
    first, second = (one, other) if strict_first else (other, one)
    use(first)
    use(second, 5)

    for budget in (one, other):
        with pytest.raises(BudgetError):
            use(budget)
    assert other.left()["6/3000s"] == 0


def test_budgets_of_one_database_know_nothing_of_each_other(database: str) -> None:
    one, other = (share(name_budget(database, name), Window(2, 3600)) for name in ("a", "b"))
    use(one, 2)
    one.note_refusal(1000)
    use(other, 2)


def test_requests_of_another_process_count_once(url: str) -> None:
    one, other = share(url, HOUR), share(url, HOUR)
    with one.slot(lambda: False):
        use(other, 20)
        one.learn({"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "479"})
    use(other)
    assert other.left() == {"500/3600s": 478}


def test_the_longest_wait_that_any_process_was_told_holds_for_all(url: str) -> None:
    one, other = share(url, HOUR), share(url, HOUR)
    other.note_refusal(3000)
    one.note_refusal(1)
    with pytest.raises(BudgetError, match=r"would wait (2999|3000) s"):
        use(share(url, HOUR))


def test_nobody_is_kept_for_longer_than_a_day(url: str, database: str) -> None:
    share(url, HOUR)
    execute(database, "update singer_budgets.budgets set blocked_until = 'infinity'")
    with pytest.raises(BudgetError, match="would wait 86400 s"):
        use(share(url, HOUR))


def test_the_clocks_of_the_machines_make_no_difference(url: str) -> None:
    address = parse_budget_url(url)
    one, other = (
        SharedBudget(
            BudgetTable(address, [Window(3, 3600)], clock=lambda ahead=ahead: time.time() + ahead),
            max_wait=0,
        )
        for ahead in (0, 86_400)
    )
    use(other, 2)
    use(one)
    for budget in (one, other):
        with pytest.raises(BudgetError, match=r"would wait (3599|3600) s"):
            use(budget)


def test_the_limits_of_a_process_hold_for_as_long_as_its_requests_count(
    url: str, database: str
) -> None:
    strict = share(url, Window(2, 3000))
    use(strict)
    del strict
    execute(database, END_ALL)
    later = share(url, HOUR)
    use(later)
    with pytest.raises(BudgetError):
        use(later)

    execute(database, "update singer_budgets.done set done_at = done_at - interval '3001 s'",
            "update singer_budgets.limits set ended_at = ended_at - interval '3001 s'")  # fmt: skip
    assert share(url, HOUR).left() == {"500/3600s": 498}


def test_what_no_window_needs_is_forgotten(url: str, database: str) -> None:
    use(share(url, HOUR), 3)
    execute(database, "update singer_budgets.done set done_at = done_at - interval '3601 s'")
    share(url, HOUR)
    assert execute(database, "select count(*) from singer_budgets.done") == [(0,)]


# What ends with a process

END_ALL = (
    "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
PROCESS = """
import sys, time
from singer_kit.http.budget import Window
from singer_kit.http.budget_opening import open_budget

budget = open_budget([Window(1, 3600)], max_wait=0, path=sys.argv[1], patience=0, package="tap-x",
                     is_stopping=lambda: False)
with budget.slot(lambda: False):
    print("in flight", flush=True)
    time.sleep(600)
"""


def test_a_request_of_a_process_that_is_gone_is_over(url: str, database: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROCESS, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert execute(database, "select count(*) from singer_budgets.in_flight") == [(1,)]
        process.send_signal(signal.SIGKILL)

    # It is counted as complete, not waited for: its request may have arrived.
    budget = share(url, Window(1, 3600), max_wait=0)
    with pytest.raises(BudgetError, match=r"would wait (3599|3600) s"):
        use(budget)


def test_a_request_outlasts_the_session_that_it_began_in(url: str, database: str) -> None:
    one, other = share(url, Window(2, 3600)), share(url, Window(2, 3600))
    with one.slot(lambda: False):
        execute(database, END_ALL)
        use(other)
        with pytest.raises(BudgetError):
            use(other)
    assert one.left() == {"2/3600s": 0}


# What may go wrong


def lock_out(database: str, *, allowed: bool) -> None:
    """Let the server refuse all connections to a database, or no more."""
    name = urlsplit(database).path[1:]
    other = database.replace(name, "postgres")
    execute(other, f'alter database "{name}" allow_connections {allowed}')
    if not allowed:
        end = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = %s"
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(end, [name])


def test_a_server_that_comes_back_was_waited_for(url: str, database: str) -> None:
    budget = share(url, Window(3, 3600), max_wait=10, patience=60)
    with budget.slot(lambda: False):
        lock_out(database, allowed=False)
    # What is complete meanwhile is told as soon as it is there.
    done = threading.Event()

    def ask() -> None:
        use(budget)
        done.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert not done.wait(0.2)
    lock_out(database, allowed=True)
    assert done.wait(60)
    thread.join()
    assert share(url, Window(3, 3600)).left() == {"3/3600s": 1}


def test_a_server_that_stays_away_ends_the_run(url: str, database: str) -> None:
    budget = share(url, HOUR)
    lock_out(database, allowed=False)
    with pytest.raises(KitError, match="in 'budget_path' was away for longer than retry_seconds"):
        use(budget)


def test_a_server_that_is_not_there_is_told(closed_url: str) -> None:
    port = closed_url.rpartition(":")[2]
    url = f"postgresql://me:{SECRET.replace('%', '%25')}@127.0.0.1:{port}/x?budget=moco"
    with pytest.raises(KitError, match="server in 'budget_path' cannot be used: ") as found:
        share(url, HOUR)
    assert SECRET not in str(found.value)
    assert not isinstance(found.value, ConfigError)


def test_tables_that_are_removed_end_the_run(url: str, database: str) -> None:
    budget = share(url, HOUR)
    use(budget)
    execute(database, "drop schema singer_budgets cascade")
    with pytest.raises(KitError, match=r"'budget_path' cannot be used any more: .*does not exist"):
        use(budget)


def test_a_budget_that_is_removed_ends_the_run(url: str, database: str) -> None:
    budget = share(url, HOUR)
    use(budget)
    execute(database, "delete from singer_budgets.budgets")
    with pytest.raises(KitError, match="'budget_path' was removed while it was in use"):
        use(budget)


def test_a_user_without_rights_is_told_what_is_missing(database: str) -> None:
    name = urlsplit(database).path[1:]
    role = f"role_{name}"
    url = name_budget(database.replace("postgres:@", f"{role}:@"))
    execute(database, f'create role "{role}" login')
    with pytest.raises(ConfigError, match="'budget_path' cannot be used: permission denied"):
        share(url, HOUR)

    # An administrator makes the tables, and lets it use them.
    share(name_budget(database), HOUR)
    page = (ROOT / "docs" / "budgets.md").read_text(encoding="utf-8")
    (grants,) = re.findall(r"^```sql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    execute(database, grants.replace(" to etl;", f' to "{role}";'))
    use(share(url, HOUR))
    assert share(name_budget(database), HOUR).left() == {"500/3600s": 499}


def test_a_pool_that_changes_sessions_is_refused(database: str) -> None:
    share(name_budget(database), HOUR)
    execute(
        database,
        "create sequence public.sessions",
        "create function public.pg_backend_pid() returns integer language sql"
        " as 'select nextval(''public.sessions'')::integer'",
    )
    pooled = name_budget(database, options="-csearch_path%3Dpublic,pg_catalog")
    with pytest.raises(KitError, match="name the server itself, or a pool in session mode"):
        share(pooled, HOUR)


def test_without_the_driver_the_extra_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"'budget_path' needs psycopg.*tap-library\[postgres\]"):
        share(url, HOUR)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("redis://127.0.0.1/0", "must be the path of a file or begin with postgresql://"),
        ("postgresql://me:pa/word@host/db?budget=b", "is no URL"),
        ("postgresql://me:5/word@host/db?budget=b", "is no URL"),
        ("postgresql://me:pa#word@host/db?budget=b", "is no URL"),
        ("postgresql://me:pa?word@host/db?budget=b", "is no URL"),
        ("postgresql://me:word@host:port/db?budget=b", "is no URL"),
        ("postgresql://me:word%FF@host/db?budget=b", "is no URL"),
        ("postgresql://me:word@host/db", r"must name the budget: add \?budget=name"),
        ("postgresql://me:word@host/db?budget=", "must name the budget"),
        ("postgresql://me:word@127.0.0.1:1/db?budget=b&nonsense=word", "cannot be used"),
    ],
)
def test_no_part_of_a_wrong_url_is_told(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=f"Setting 'budget_path' {told}") as found:
        share(setting, HOUR)
    assert "word" not in str(found.value).replace("password", "")
