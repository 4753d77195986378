"""A journal that is missing, in use, broken or newer is refused, and told what to do."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import typing as t
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine

from tests.target_miimosa_leads.support import (
    SCHEMA,
    Workplace,
    as_text,
    lead,
    leads,
    record,
    state,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox


def _remove(work: Workplace) -> None:
    for path in work.folder.glob("journal.db*"):
        if not path.name.endswith(".marker"):
            path.unlink()


def test_a_journal_that_went_missing_is_refused(work: Workplace, posts: Callable[[], int]) -> None:
    assert work.run(leads(1)).code == 0
    _remove(work)
    result = work.run(leads(1))
    assert result.code == 7
    assert "allow_new_journal" in result.last_line
    assert not work.journal_file.exists()
    assert posts() == 1
    assert work.run(leads(1), allow_new_journal=True).code == 0
    assert posts() == 2
    assert work.run(leads(1)).code == 0


def test_an_input_that_begins_with_state_needs_its_journal(
    work: Workplace, posts: Callable[[], int]
) -> None:
    messages = [state({"bookmark": 9}), *leads(10)]
    result = work.run(messages)
    assert result.code == 7
    assert "begins with STATE" in result.last_line
    assert "allow_new_journal" in result.last_line
    assert result.states == []
    assert posts() == 0
    assert work.run([state({}), *leads(9)]).code == 0
    assert work.run(messages).code == 0


def test_another_journal_in_its_place_is_refused(work: Workplace) -> None:
    other = work.folder / "other"
    other.mkdir()
    elsewhere = Workplace(other, api_url=work.settings["api_url"])
    assert work.run(leads(1)).code == 0
    assert elsewhere.run(leads(2)).code == 0
    shutil.copy(elsewhere.journal_file, work.journal_file)
    assert work.run(leads(1)).code == 7


@pytest.mark.parametrize("content", [b"this is no database at all, but long enough" * 40, None])
def test_a_broken_journal_is_refused(work: Workplace, content: bytes | None) -> None:
    assert work.run(leads(1)).code == 0
    if content is None:
        with sqlite3.connect(work.journal_file) as connection:
            connection.execute("DROP TABLE miimosa_lead")
        connection.close()
    else:
        work.journal_file.write_bytes(content)
    result = work.run(leads(1))
    assert result.code == 7
    assert "backup" in result.last_line
    assert "Traceback" not in result.err


def test_a_newer_journal_is_refused(work: Workplace, posts: Callable[[], int]) -> None:
    assert work.run(leads(1)).code == 0
    with sqlite3.connect(work.journal_file) as connection:
        connection.execute(
            "UPDATE miimosa_journal_meta SET value = '99' WHERE name = 'schema_version'"
        )
    connection.close()
    result = work.run(leads(2))
    assert result.code == 7
    assert "version 99" in result.last_line
    assert posts() == 1


def test_a_first_run_that_died_while_it_made_the_file_is_no_obstacle(work: Workplace) -> None:
    work.journal_file.touch()
    assert work.run(leads(1)).code == 0


def test_a_first_run_that_died_before_it_made_a_table_is_no_obstacle(work: Workplace) -> None:
    connection = sqlite3.connect(work.journal_file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert work.journal_file.stat().st_size > 0
    assert work.journal("list").code == 7
    assert work.run(leads(1)).code == 0


@pytest.mark.parametrize("pages", range(2, 6))
def test_a_first_run_that_died_while_it_made_the_tables_is_no_obstacle(
    work: Workplace, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """A disk that gets full at one table or the other stands for a kill at that moment."""
    with monkeypatch.context() as patch:
        _limit_pages(patch, pages)
        assert work.run(leads(1)).code == 7
    assert work.run(leads(1)).code == 0


def test_a_journal_that_lost_all_its_tables_is_refused(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run(leads(1)).code == 0
    with sqlite3.connect(work.journal_file) as connection:
        connection.execute("DROP TABLE miimosa_lead")
        connection.execute("DROP TABLE miimosa_journal_meta")
        connection.execute("DROP TABLE miimosa_journal_secret")
    connection.close()
    result = work.run(leads(1))
    assert result.code == 7
    assert "not a complete journal" in result.last_line
    assert posts() == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_cannot_use_one_journal(
    work: Workplace, request: pytest.FixtureRequest, kind: str
) -> None:
    settings = {}
    if kind == "postgresql":
        settings["journal_url"] = request.getfixturevalue("postgres_url")
    first = work.start(**settings)
    assert first.stdin
    assert first.stdout
    first.stdin.write(as_text(leads(1)))
    first.stdin.flush()
    assert first.stdout.readline()
    second = work.run(leads(2), **settings)
    assert second.code == 7
    assert "in use" in second.last_line
    assert [row["id"] for row in _list(work, settings)] == [1]
    first.communicate()
    assert first.returncode == 0
    assert work.run(leads(2), **settings).code == 0


def _list(work: Workplace, settings: dict[str, str]) -> list[dict[str, object]]:
    listed = work.journal("list", "--format", "json", **settings)
    rows: list[dict[str, object]] = json.loads(listed.out)
    return rows


def test_a_missing_postgres_journal_is_refused_too(
    work: Workplace, postgres_url: str, posts: Callable[[], int]
) -> None:
    assert work.run(leads(1), journal_url=postgres_url).code == 0
    assert work.run(leads(1), journal_url=postgres_url).summary["skipped"] == 1
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE miimosa_journal.miimosa_lead")
    assert work.run(leads(1), journal_url=postgres_url).code == 7
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE miimosa_journal.miimosa_journal_meta")
    engine.dispose()
    result = work.run(leads(1), journal_url=postgres_url)
    assert result.code == 7
    assert "marker" in result.last_line
    assert posts() == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite://", 7),
        ("mysql://host/db", 2),
        ("nonsense", 2),
        ("postgresql+psycopg://elt:secret-word@127.0.0.1:port/x", 2),
        ("postgresql+psycopg://elt:secret-word@127.0.0.1:70000/x", 2),
        ("postgresql+psycopg://elt:secret-word@[::1/x", 2),
        ("sqlite:////missing/folder/journal.db", 7),
        ("postgresql+psycopg://user:secret-word@127.0.0.1:1/leads", 7),
    ],
)
def test_an_unusable_journal_url_is_one_clear_line(work: Workplace, url: str, code: int) -> None:
    result = work.run([SCHEMA, record(lead(1))], journal_url=url)
    assert result.code == code
    assert "ournal" in result.last_line
    assert code == 7 or "'journal_url'" in result.last_line
    # Nothing is wrong with a journal that was not even reached.
    assert "backup" not in result.last_line
    assert "allow_new_journal" not in result.last_line
    assert "secret-word" not in result.err
    assert "Traceback" not in result.err


def test_a_wrong_journal_url_is_told_before_any_input_is_read(work: Workplace) -> None:
    url = "postgresql+psycopg://elt:secret-word@127.0.0.1:port/x"
    process = work.start(journal_url=url)
    # Standard input stays open: whoever reads it waits.
    assert process.wait(timeout=30) == 2
    _, err = process.communicate()
    assert "journal_url" in err
    assert "secret-word" not in err
    assert work.journal("list", journal_url=url).code == 2


@contextmanager
def _without_privileges() -> Iterator[None]:
    """Become a user to whom permissions apply."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("denied", ["folder", "journal"])
@pytest.mark.parametrize("begun", [True, False])
def test_a_place_that_cannot_be_written_is_named_and_no_reason_to_begin_anew(
    box: RunningSandbox, scratch: Callable[[], Path], denied: str, *, begun: bool
) -> None:
    top = scratch()
    top.chmod(0o777)
    with _without_privileges():
        folder = top / "journals"
        folder.mkdir()
        work = Workplace(
            top,
            api_url=f"{box.url}/miimosa",
            journal_url=f"sqlite:///{folder}/journal.db",
        )
        if begun:
            assert work.run(leads(1)).code == 0
        elif denied == "journal":
            (folder / "journal.db").touch()
        path = folder if denied == "folder" else folder / "journal.db"
        path.chmod(0o500 if denied == "folder" else 0o400)
        results = [work.run(leads(1, 2)), work.journal("resolve", "1", "--delivered")]
        path.chmod(0o700)
        for each in folder.iterdir():
            each.chmod(0o600)
        if begun:
            assert work.run(leads(1, 2)).summary["created"] == 1
    for result in results[: None if begun else 1]:
        assert result.code == 7
        assert str(folder) in result.last_line
        assert "ermission denied" in result.last_line or "readonly" in result.last_line
        assert "allow_new_journal" not in result.last_line
        assert "backup" not in result.last_line


def test_a_full_disk_stops_before_anything_is_sent(
    work: Workplace, posts: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work.run(leads(1)).code == 0
    with sqlite3.connect(work.journal_file) as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    _limit_pages(monkeypatch, pages + 2)
    numbers = range(2, 200)
    result = work.run([SCHEMA, *(record(lead(n)) for n in numbers), state("end")])
    assert result.code == 7
    assert "disk" in result.last_line
    assert "end" not in result.states
    sent = sum(row["attempts"] for row in work.rows())
    assert sent >= posts()


def test_a_journal_on_a_full_disk_can_still_be_read(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if a killed process left leads in flight, which only a writable journal can note."""
    assert work.run(leads(*range(1, 101))).code == 0
    with sqlite3.connect(work.journal_file) as connection:
        connection.execute("UPDATE miimosa_lead SET status = 'sent'")
        connection.commit()
        connection.execute("VACUUM")
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    _limit_pages(monkeypatch, pages)
    assert work.statuses() == ["sent"] * 100
    assert work.journal("resolve", "1", "--delivered").code == 7


def _limit_pages(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """Make every SQLite database full at this size, as SQLite itself does on a full disk."""
    connect = sqlite3.connect

    def limited(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)  # type: ignore[call-overload]
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection  # type: ignore[no-any-return]

    monkeypatch.setattr("sqlite3.dbapi2.connect", limited)
