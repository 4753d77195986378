"""What is not a file of ours is never replaced, emptied, or given another mode.

Devices are made for the test; those of the machine are never touched.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import stat
import threading
import typing as t
from itertools import product

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Result, Workplace, lead, leads, record

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REJECTED = [SCHEMA, record(lead(1, phone=None))]


def _facts(path: Path) -> tuple[object, ...]:
    """What a run must leave as it is."""
    status = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
    return status.st_ino, status.st_mode, status.st_rdev, status.st_nlink, content


def _null_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        path.write_bytes(b"")
    except PermissionError:
        pytest.skip("only root can make a device")
    path.chmod(0o666)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(path))


def _notes(path: Path) -> None:
    path.write_text("What somebody wrote down.\n")
    path.chmod(0o644)


def _singer(path: Path) -> None:
    """Singer, but the input of a run and not its rejected leads."""
    path.write_text("".join(json.dumps(message) + "\n" for message in leads(1)))
    path.chmod(0o644)


def _database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (id INTEGER)")
    connection.close()
    path.chmod(0o644)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    _notes(elsewhere)
    path.symlink_to(elsewhere)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _beside(work: Workplace) -> set[str]:
    return {path.name for path in work.folder.iterdir()}


MAKERS = [os.mkfifo, os.mkdir, _socket, _notes, _singer, _database, _link, _loop, _null_device]


def _refused(work: Workplace, path: Path, setting: str, code: int, **settings: str) -> Result:
    before = _facts(path)
    result = work.run([*REJECTED, record(lead(2))], **settings)
    assert result.code == code, result.err
    assert setting in result.last_line
    assert "Traceback" not in result.err
    assert _facts(path) == before
    return result


@pytest.mark.parametrize("make", MAKERS[1:-1])
def test_a_dead_letter_that_is_something_else_is_refused(
    work: Workplace,
    posts: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
) -> None:
    monkeypatch.chdir(work.folder)
    make(work.dead_letter)
    _refused(work, work.dead_letter, "dead_letter_path", 2)
    if make is _link:
        assert work.folder.joinpath("elsewhere").stat().st_mode & 0o777 == 0o644
        assert "somebody" in work.folder.joinpath("elsewhere").read_text()
    assert posts() == 0


@pytest.mark.parametrize("suffix", [".partial", ".new"])
@pytest.mark.parametrize("make", MAKERS)
def test_nor_is_anything_beside_it_touched(
    work: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    suffix: str,
) -> None:
    monkeypatch.chdir(work.folder)
    path = work.dead_letter.with_name(work.dead_letter.name + suffix)
    make(path)
    _refused(work, path, "dead_letter_path", 2 if suffix == ".partial" else 1)
    if make is _link:
        assert "somebody" in work.folder.joinpath("elsewhere").read_text()
        assert work.folder.joinpath("elsewhere").stat().st_mode & 0o777 == 0o644


def test_a_device_gets_the_rejected_leads_and_stays_a_device(work: Workplace) -> None:
    _null_device(work.dead_letter)
    before = _facts(work.dead_letter)
    assert work.run(REJECTED).code == 3
    assert work.run(leads(1)).code == 0
    assert _facts(work.dead_letter) == before
    assert not work.dead_letter.with_name("dead-letter.singer.partial").exists()
    assert work.journal("purge", "--older-than", "0").code == 0
    assert _facts(work.dead_letter) == before


def test_a_pipe_gets_the_rejected_leads(work: Workplace) -> None:
    os.mkfifo(work.dead_letter)
    before = _facts(work.dead_letter)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(work.dead_letter.read_text()))
    # Holds the pipe open until the target writes.
    descriptor = os.open(work.dead_letter, os.O_RDWR)
    reader.start()
    assert work.run(REJECTED).code == 3
    os.close(descriptor)
    reader.join(30)
    schema, rejected = map(json.loads, read[0].splitlines())
    assert schema["type"] == "SCHEMA"
    assert "phone" in rejected["record"]["_sdc_dead_letter_reason"]
    assert _facts(work.dead_letter) == before


def test_a_pipe_that_nobody_reads_is_told_and_not_waited_for(work: Workplace) -> None:
    os.mkfifo(work.dead_letter)
    result = _refused(work, work.dead_letter, "dead_letter_path", 1)
    assert result.states == []


def test_a_dead_letter_with_a_second_name_is_refused(work: Workplace) -> None:
    assert work.run(REJECTED).code == 3
    os.link(work.dead_letter, work.folder / "copy")
    _refused(work, work.dead_letter, "dead_letter_path", 2)


def test_a_symbolic_link_to_a_dead_letter_stays(work: Workplace) -> None:
    work.folder.joinpath("elsewhere").mkdir()
    file = work.folder / "elsewhere" / "rejected.singer"
    work.dead_letter.symlink_to(file)
    assert work.run(REJECTED).code == 3
    assert work.run([SCHEMA, record(lead(2, phone=None))]).code == 3
    assert [dead["id"] for dead in work.dead_letters()] == [1, 2]
    assert work.run(leads(1, 2)).code == 0
    assert work.dead_letter.is_symlink()
    assert not file.exists()


def test_an_empty_file_behind_a_link_is_not_ours(work: Workplace) -> None:
    """As /dev/stdout leads to, where STATE goes."""
    file = work.folder / "state.json"
    file.touch(0o644)
    before = _facts(file)
    work.dead_letter.symlink_to(file)
    _refused(work, work.dead_letter, "dead_letter_path", 2)
    assert _facts(file) == before


def test_a_dead_letter_with_a_line_that_cannot_be_read_is_kept(work: Workplace) -> None:
    assert work.run(REJECTED).code == 3
    schema, rejected = work.dead_letter.read_text().splitlines()
    work.dead_letter.write_text(f"{schema}\n{rejected[:-1]}\n{rejected}\n")
    _refused(work, work.dead_letter, "dead_letter_path", 2)


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        *product(
            [os.mkfifo, os.mkdir, _socket, _loop, _null_device],
            ["", ".lock", ".marker", ".marker.new", "-wal"],
        ),
        *product([_database], ["", ".lock", ".marker.new"]),
    ],
)
def test_a_journal_that_is_something_else_is_refused(
    work: Workplace,
    posts: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    suffix: str,
) -> None:
    monkeypatch.chdir(work.folder)
    path = work.journal_file.with_name(work.journal_file.name + suffix)
    make(path)
    _refused(work, path, "journal_url", 7)
    assert posts() == 0


@pytest.mark.parametrize("suffix", [".lock", ".marker", ".marker.new", "-wal", "-shm"])
def test_nothing_beside_a_journal_is_a_link(
    work: Workplace, posts: Callable[[], int], suffix: str
) -> None:
    path = work.journal_file.with_name(work.journal_file.name + suffix)
    _link(path)
    before = _facts(work.folder / "elsewhere")
    _refused(work, path, "journal_url", 7)
    assert _facts(work.folder / "elsewhere") == before
    assert posts() == 0


def test_what_stands_for_the_marker_and_is_none_stays(work: Workplace) -> None:
    marker = work.journal_file.with_name("journal.db.marker")
    _notes(marker)
    _refused(work, marker, "journal.db", 7)
    before = _facts(marker)
    result = work.run(leads(1), allow_new_journal=True)
    assert result.code == 7
    assert "journal_url" in result.last_line
    assert _facts(marker) == before


def test_a_database_with_other_tables_stays_in_its_journal_mode(work: Workplace) -> None:
    _database(work.journal_file)
    _refused(work, work.journal_file, "journal_url", 7)
    assert work.journal("list").code == 7
    assert work.run(leads(1), dry_run=True).code == 7
    connection = sqlite3.connect(work.journal_file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


def test_links_to_one_journal_are_one_journal(work: Workplace, posts: Callable[[], int]) -> None:
    assert work.run(leads(1)).code == 0
    link = work.folder / "link.db"
    link.symlink_to(work.journal_file)
    assert work.run(leads(1), journal_url=f"sqlite:///{link}").code == 0
    assert posts() == 1
    assert link.is_symlink()
    assert not {name for name in _beside(work) if name.startswith("link.db.")}


def test_a_journal_with_a_second_name_is_refused(work: Workplace) -> None:
    assert work.run(leads(1)).code == 0
    os.link(work.journal_file, work.folder / "copy.db")
    _refused(work, work.journal_file, "journal_url", 7)


def test_the_mode_of_our_own_files_is_mended(work: Workplace) -> None:
    assert work.run(REJECTED).code == 3
    for path in (work.dead_letter, work.journal_file.with_name("journal.db.lock")):
        path.chmod(0o644)
    assert work.run([SCHEMA, record(lead(2, phone=None))]).code == 3
    for path in (work.dead_letter, work.journal_file.with_name("journal.db.lock")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
