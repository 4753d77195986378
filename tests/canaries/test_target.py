"""Whatever happens to the target, secrets are nowhere, and personal data only where it says.

That is: the dead letter holds rejected records, and the journal those leads that it must keep. At
debug level, in real processes. Searched are standard output and error, the run summary, the
journal's files, and afterwards what each command of the journal prints without --with-data.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import typing as t

import pytest

from tests.canaries.planted import EVERYTHING, PERSON, SECRETS, find
from tests.canaries.target_table import TABLE, Row
from tests.faults.raw_server import RawServer

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60
KEPT = {"journal.db", "journal.db-wal", "dead-letter.singer"}
# What was delivered, is unknown, was rejected.
LISTED = {"a lead that is delivered", "an answer that repeats the lead", "a refusal of the lead"}
COMMANDS = [
    ("list",),
    ("show", "1"),
    ("export",),
    ("export", "--format=singer"),
    ("show", PERSON["email"]),
    ("purge", "--lead", PERSON["lastname"]),
]


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


def run(folder: Path, *command: str) -> str:
    """Run a command of the journal; return all that it printed."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.event)
def test_no_canary(server: RawServer, programs: Path, tmp_path: Path, row: Row) -> None:
    def script(_: str) -> Iterator[bytes | float]:
        if row.interrupted:
            yield PATIENCE
        yield row.answer(b"{}")

    server.script, server.requests = script, []
    config = {
        "api_url": server.url,
        "api_key": SECRETS["api_key"],
        "journal_url": "sqlite:///journal.db",
        "dead_letter_path": "dead-letter.singer",
        "summary_path": "summary.json",
        "connection_retry_seconds": 0,
        **dict(row.settings),
    }
    given = {"config.json": json.dumps(config), "input.singer": row.given}
    for name, content in given.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    code = deliver(programs, tmp_path, server, row)

    end = "\n".join((tmp_path / "log").read_text(encoding="utf-8").splitlines()[-4:])
    assert code == row.code, end
    places = {
        path.name: path.read_text(encoding="latin-1")
        for path in tmp_path.iterdir()
        if path.name not in given
    }
    for command in COMMANDS if row.event in LISTED else ():
        program = str(programs / "target-miimosa-leads-journal")
        places[" ".join(command)] = run(tmp_path, program, "--config=config.json", *command)
    found = {
        place: find(SECRETS.values() if place in KEPT and not row.delivered else EVERYTHING, text)
        for place, text in places.items()
    }
    assert {place: canaries for place, canaries in found.items() if canaries} == {}, end


def deliver(programs: Path, folder: Path, server: RawServer, row: Row) -> int:
    """Run the target to its end, and return its exit code."""
    with (
        (folder / "out").open("wb") as out,
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [programs / "target-miimosa-leads", "--config=config.json", "--input=input.singer"],
            cwd=folder,
            env={**os.environ, "LOGLEVEL": "DEBUG"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
        ) as process,
    ):
        if row.interrupted:
            server.wait_for_request()
            process.send_signal(signal.SIGTERM)
        return process.wait(timeout=PATIENCE)
