"""The loaders: how each is configured, run, and read again."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.settings import postgres_settings

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loaders.taps import Record

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ENVIRONMENTS = ROOT / ".loaders"
LONGEST_LOAD = 300
RAISED = re.compile(r"\s*[\w.]*(Error|Exception)\b")


@dataclass(frozen=True)
class Place:
    """Where a loader puts what a tap reads.

    Attributes:
        folder: For files, those of the loader included.
        database: URI of a PostgreSQL database.
        schema: Schema of the tables.
    """

    folder: Path
    database: str
    schema: str


@dataclass(frozen=True)
class Loaded:
    """How a run of a loader ended.

    Attributes:
        states: Each STATE that it saved.
        error: The last line of its log if it failed.
    """

    states: list[Record]
    error: str = ""


@dataclass(frozen=True)
class Flaw:
    """Something that a loader does to every text, and that no setting turns off.

    Attributes:
        note: What it does, for the table.
        apply: Does it to a text.
    """

    note: str
    apply: Callable[[str], str]


@dataclass(frozen=True)
class Loader:
    """One loader.

    Attributes:
        package: The distribution, as pip knows it.
        program: Its command.
        environment: The environment that it has of its own, if it cannot share that of the taps.
        configure: Makes its configuration for a place, and for the first or the second run.
        read: Returns the rows of some streams, in the order in which they were written.
        keyed: Whether a row replaces the one with its key; if not, the reader takes the last.
        flaw: What it makes of every text, if not the same.
    """

    package: str
    program: str
    environment: str
    configure: Callable[[Place, int], Record]
    read: Callable[[Place, Iterable[str]], dict[str, list[Record]]]
    keyed: bool
    flaw: Flaw | None = None

    @property
    def bin(self) -> Path:
        """The folder of the command."""
        return ENVIRONMENTS / self.environment / "bin" if self.environment else BIN

    def load(self, messages: bytes, place: Place, number: int) -> Loaded:
        """Load what a tap wrote.

        Args:
            messages: The Singer messages.
            place: Where to.
            number: 1 for the first run into this place, 2 for the second.
        """
        config = place.folder / f"{self.program}-{number}.json"
        config.write_text(json.dumps(self.configure(place, number)), encoding="utf-8")
        done = subprocess.run(
            [self.bin / self.program, "--config", config],
            input=messages,
            capture_output=True,
            timeout=LONGEST_LOAD,
            check=False,
        )
        states = [json.loads(line) for line in done.stdout.splitlines()]
        return Loaded(states, _find_error(done.stderr.decode()) if done.returncode else "")


def _find_error(log: str) -> str:
    """Return the line of a log that says why the program ended."""
    lines = log.strip().splitlines() or [""]
    raised = [line for line in lines if RAISED.match(line)]
    return (raised or lines)[-1]


def _postgres(place: Place, _number: int) -> Record:
    url = place.database.replace("postgresql://", "postgresql+psycopg://")
    there = {"sqlalchemy_url": url, "default_target_schema": place.schema}
    return {**postgres_settings(), **there}


def _pipelinewise(place: Place, _number: int) -> Record:
    url = urlsplit(place.database)
    return {
        "host": dict(parse_qsl(url.query))["host"],
        "port": 5432,
        "user": url.username,
        "password": "any",
        "dbname": url.path.removeprefix("/"),
        "default_target_schema": place.schema,
    }


def _read_postgres(place: Place, streams: Iterable[str]) -> dict[str, list[Record]]:
    found = {}
    with psycopg.connect(place.database, row_factory=dict_row) as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = %s", [place.schema]
        ).fetchall()
        tables = {row["tablename"] for row in names}
        for stream in tables.intersection(streams):
            query = sql.SQL("select * from {}").format(sql.Identifier(place.schema, stream))
            found[stream] = connection.execute(query).fetchall()
    return found


def _jsonl(place: Place, _number: int) -> Record:
    return {"destination_path": str(place.folder), "do_timestamp_file": False}


def _read_jsonl(place: Place, streams: Iterable[str]) -> dict[str, list[Record]]:
    files = {stream: place.folder / f"{stream}.jsonl" for stream in streams}
    return {
        stream: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for stream, file in files.items()
        if file.exists()
    }


def _csv(place: Place, number: int) -> Record:
    return {"output_path": str(place.folder / str(number))}


def _read_csv(place: Place, streams: Iterable[str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    csv.field_size_limit(2**31)
    for stream in streams:
        for number in ("1", "2"):
            file = place.folder / number / f"{stream}.csv"
            if file.exists():
                with file.open(encoding="utf-8", newline="") as lines:
                    found.setdefault(stream, []).extend(csv.DictReader(lines))
    return found


def _duckdb(place: Place, _number: int) -> Record:
    path = str(place.folder / "warehouse.duckdb")
    return {"path": path, "default_target_schema": place.schema, "add_metadata_columns": True}


def _read_duckdb(place: Place, streams: Iterable[str]) -> dict[str, list[Record]]:
    """Read by the interpreter that has DuckDB."""
    script = Path(__file__).with_name("dump_duckdb.py")
    python = ENVIRONMENTS / "duckdb" / "bin" / "python"
    path = place.folder / "warehouse.duckdb"
    line: list[str | Path] = [python, script, path, place.schema, *streams]
    done = subprocess.run(line, capture_output=True, timeout=LONGEST_LOAD, check=True)
    found: dict[str, list[Record]] = json.loads(done.stdout)
    return found


ESCAPED_LINES = Flaw(
    "a line break in a text arrives as the two characters `\\n`, a tab as `\\t`.",
    lambda text: text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t"),
)

LOADERS = (
    Loader("meltanolabs-target-postgres", "target-postgres", "", _postgres, _read_postgres,
           keyed=True),
    Loader("pipelinewise-target-postgres", "target-postgres", "pipelinewise-postgres",
           _pipelinewise, _read_postgres, keyed=True, flaw=ESCAPED_LINES),
    Loader("target-jsonl", "target-jsonl", "jsonl", _jsonl, _read_jsonl, keyed=False),
    Loader("meltanolabs-target-csv", "target-csv", "", _csv, _read_csv, keyed=False),
    Loader("target-duckdb", "target-duckdb", "duckdb", _duckdb, _read_duckdb, keyed=True),
)  # fmt: skip
