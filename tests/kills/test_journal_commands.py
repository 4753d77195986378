"""The journal's commands killed in every state: what was settled stays settled, and nothing else.

Each command is killed at its first statement, then at one that comes later, and so on, until it
ends by itself.
"""

from __future__ import annotations

import json
import sqlite3
import time
import typing as t
from collections import Counter
from functools import partial

import psycopg
import pytest
from psycopg import sql

from tests.kills.kill_points import Commands
from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record
from tests.target_miimosa_leads.test_former_journal import BY_EMAIL, SQL

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEADS = 40
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
DUMP = "SELECT * FROM {} ORDER BY 1"
TABLES = ("miimosa_lead", "miimosa_journal_meta", "miimosa_journal_secret")


@pytest.fixture(params=["sqlite", "postgresql"])
def placed(work: Workplace, request: pytest.FixtureRequest) -> Workplace:
    """A place whose journal is in each of the databases."""
    work.settings["lead_key"] = ["email"]
    if request.param == "postgresql":
        work.settings["journal_url"] = request.getfixturevalue("postgres_url")
    return work


@pytest.fixture
def commands(placed: Workplace) -> Iterator[Commands]:
    commands = Commands(placed.configure(), partial(wait_for_lock, placed))
    yield commands
    commands.close()


@pytest.fixture
def record_kills(placed: Workplace, record: Callable[..., None]) -> Callable[[str, int], None]:
    """Keeps how often a command was killed."""
    database = placed.settings["journal_url"].partition(":")[0].partition("+")[0]

    def keep(command: str, number: int) -> None:
        record(f"journal ({command}), {database}", kinds={"SIGKILL": number})

    return keep


@pytest.fixture
def apart(kills: int) -> int:
    """How many statements are between a kill and the next."""
    return max(1, 120 // kills)


def wait_for_lock(work: Workplace) -> None:
    """Wait until no session of a killed command is left; a command waits for 2 seconds only."""
    if "sqlite" in work.settings["journal_url"]:
        return
    end = time.monotonic() + 60
    with connect(work) as server:
        while server.execute(SESSIONS).fetchone() != (0,):
            assert time.monotonic() < end
            time.sleep(0.005)


def connect(work: Workplace) -> psycopg.Connection:
    url = work.settings["journal_url"].replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def statuses(work: Workplace) -> dict[int, str]:
    """Return the status of each lead, as the table has it: no command sets anything right."""
    return {row[0]: row[5] for row in dump(work)["miimosa_lead"]}


@pytest.mark.prints_data("settle")
@pytest.mark.slow
def test_settling_and_exporting_survive_every_kill(
    placed: Workplace,
    commands: Commands,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    apart: int,
    record_kills: Callable[[str, int], None],
) -> None:
    fault("reset_before", times=LEADS)
    numbers = range(1, LEADS + 1)
    settings = {"max_consecutive_failures": 1000, "concurrency": 1, "keep_fields": ["id"]}
    assert placed.run([SCHEMA, *(record(lead(n)) for n in numbers)], **settings).code == 4
    before = statuses(placed)
    assert Counter(before.values()) == {"unknown": LEADS}
    expected: dict[int, str] = {}
    kills = Counter[str]()

    # The first of the unknown leads is settled, or is still unknown; the others are as before.
    for answer, status in (("y", "acknowledged"), ("n", "planned")):
        for _, killed in commands.run_with_kills(
            "settle", answers=f"{answer}\nq\n", step=2 * apart
        ):
            kills["settle"] += killed
            after = statuses(placed)
            changed = {n: each for n, each in after.items() if each != before[n]}
            first = min(n for n, each in before.items() if each == "unknown")
            assert changed in ({}, {first: status})
            assert killed or changed
            expected |= changed
            before = after
    last = iter(sorted((n for n, each in before.items() if each == "unknown"), reverse=True))
    for option, status in (("--delivered", "acknowledged"), ("--not-delivered", "planned")):
        pair = [next(last), next(last)]
        arguments = ["resolve", *map(str, pair), option]
        # Every answer is kept by itself; a second run goes on with those that are left.
        for points in range(0, 1000, apart):
            code = commands.run(*arguments, points=points)
            kills["resolve"] += code == -9
            after = statuses(placed)
            settled = [n for n in pair if after[n] != "unknown"]
            assert all(after[n] == status for n in settled)
            assert {n: after[n] for n in after if n not in pair} == {
                n: before[n] for n in before if n not in pair
            }
            expected |= dict.fromkeys(settled, status)
            before = after
            if len(settled) == 2:
                break
            if settled:
                pair = [n for n in pair if n not in settled] + [next(last)]
                arguments = ["resolve", *map(str, pair), option]
    for _, killed in commands.run_with_kills("export", "--format", "singer", step=2 * apart):
        kills["export"] += killed
        lines = commands.out.read_text().splitlines()
        kinds = [json.loads(line)["type"] for line in lines]
        # Only a whole stream ends with what makes a loader take absent rows for gone.
        assert killed == ("ACTIVATE_VERSION" not in kinds)
        assert statuses(placed) == before
    record_kills("settle, resolve, export", kills.total())
    assert min(kills.values()) >= 4, kills
    assert set(kills) == {"settle", "resolve", "export"}

    # Those that did not arrive are sent, once; those that did, or that are in doubt, are not.
    commands.run("replay")
    sent = {lead(n)["email"]: 1 for n, status in expected.items() if status == "planned"}
    assert arrived() == sent
    again = placed.run([SCHEMA, *(record(lead(n)) for n in numbers)], **settings)
    assert arrived() == sent
    assert again.summary["unknown"] == LEADS - len(expected)


@pytest.mark.slow
def test_a_migration_that_is_killed_is_whole_or_has_not_begun(
    placed: Workplace,
    commands: Commands,
    posts: Callable[[], int],
    apart: int,
    record_kills: Callable[[str, int], None],
) -> None:
    """Whether the journal of the first version is in SQLite, or in the schema public."""
    del placed.settings["lead_key"]
    lay_down(placed)
    former = dump(placed)
    kills = Counter[bool]()
    for _, killed in commands.run_with_kills("list", step=max(1, apart // 3)):
        found = dump(placed)
        migrated = found.keys() != former.keys()
        kills[migrated] += killed
        if migrated:
            [version] = [v for name, v in found["miimosa_journal_meta"] if name == "schema_version"]
            assert version == "3"
            [[key]] = found["miimosa_journal_secret"]
            assert (("secret", key)) in former["miimosa_journal_meta"]
            assert [row[:3] for row in found["miimosa_lead"]] == [
                row[:3] for row in former["miimosa_lead"]
            ]
            lay_down(placed)
        else:
            assert found == former
        assert dump(placed) == former
    record_kills("migration", kills.total())
    assert kills[False] > 5
    assert kills[True] > 1

    for points in (10, 20):
        lay_down(placed)
        commands.run("list", points=points)
        first = [record(each) for each in (lead(1), lead(3), lead(4, phone=None))]
        result = placed.run([BY_EMAIL, *first])
        assert result.summary["skipped"] == result.summary["unknown"] == 1, result.err
    assert posts() == 0


def lay_down(work: Workplace) -> None:
    """Put a journal of the first version in the place of whatever is there."""
    if "sqlite" in work.settings["journal_url"]:
        for path in work.folder.glob("journal.db*"):
            path.unlink()
        connection = sqlite3.connect(work.journal_file)
        connection.executescript(SQL)
        connection.close()
        return
    with connect(work) as connection:
        for name in (*TABLES, "miimosa_journal_marker"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(SQL.encode())


def dump(work: Workplace) -> dict[str, list[tuple[t.Any, ...]]]:
    """Return the rows of the journal's tables."""
    found = {}
    if "sqlite" in work.settings["journal_url"]:
        connection = sqlite3.connect(work.journal_file)
        [*names] = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for name in {name for (name,) in names} & set(TABLES):
            found[name] = connection.execute(DUMP.format(name)).fetchall()
        connection.close()
        return found
    with connect(work) as server:
        tables = server.execute("SELECT schemaname, tablename FROM pg_tables")
        for schema, name in tables.fetchall():
            if name in TABLES:
                query = sql.SQL(DUMP).format(sql.Identifier(schema, name))
                found[name] = server.execute(query).fetchall()
    return found
