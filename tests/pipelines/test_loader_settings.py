"""The settings of target-postgres in meltano.yml leave in the tables what its defaults leave there.

They are the loader's fast way (COPY, no second validation), so each thing that COPY writes in
another way than INSERT is loaded with both.
"""

from __future__ import annotations

import json
import subprocess
import typing as t
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from loaders.settings import postgres_settings

if t.TYPE_CHECKING:
    from pathlib import Path

    Record = dict[str, t.Any]

TEXT = {"type": ["string", "null"]}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
COLUMNS: dict[str, Record] = {
    "id": {"type": ["integer"]},
    "text": TEXT,
    "open": {"type": ["boolean", "null"]},
    "amount": {"type": ["number", "null"]},
    "count": {"type": ["integer", "null"]},
    "day": {"type": ["string", "null"], "format": "date"},
    "at": MOMENT,
    "company": {"type": ["object", "null"], "additionalProperties": True},
    "tags": {"type": ["array", "null"], "items": TEXT},
    "items": {"type": ["array", "null"], "items": {"type": ["object", "null"]}},
    "either": {"type": ["string", "integer", "null"]},
    "Kostenträger %": TEXT,
    "_sdc_deleted_at": MOMENT,
}
# What COPY has signs of its own for, and what would end a field, a row or the data.
SIGNS = "tab\tline\nreturn\rback\\slash \\N \\. \\t \"quoted\" 'single' {a,b} ü 😀"
FULL: Record = {
    "id": 1,
    "text": SIGNS,
    "open": True,
    "amount": 0.1,
    "count": 2**63 - 1,
    "day": "2026-01-31",
    "at": "2026-01-31T12:00:00.123456Z",
    "company": {"name": SIGNS, "none": None, "list": [1, {"a": 0.1}], "\\N": "\\N", "yes": True},
    "tags": ["a,b", "{c}", '"d"', "\\N", "", None, "NULL", "e\\f", "ü"],
    "items": [{"price": 2.5, "name": SIGNS}, {}],
    "either": 7,
    "Kostenträger %": "50 %",
}
EMPTY: Record = {"id": 2, "text": "", "company": {}, "tags": [], "items": [], "either": ""}
NULLS: Record = {**dict.fromkeys(COLUMNS), "id": 3}
ABSENT: Record = {"id": 4}
NUMBERS: list[Record] = [
    {"id": 5, "amount": 12345678901234.56, "count": -(2**63)},
    {"id": 6, "amount": 1e30, "count": 0},
    {"id": 7, "amount": -1e-7},
    {"id": 8, "amount": 118},
]
MOMENTS: list[Record] = [
    {"id": 9, "at": "2026-01-31T12:00:00Z", "day": "0001-01-01"},
    {"id": 10, "at": "2026-01-31T12:00:00.5Z", "day": "9999-12-31"},
    {"id": 11, "at": "9999-12-31T23:59:59Z"},
]
FIRST = [
    # Twice the same key in one batch.
    {"id": 1, "text": "older", "tags": ["older"]},
    FULL,
    *[EMPTY, NULLS, ABSENT, *NUMBERS, *MOMENTS],
]
SECOND = [
    {**FULL, "id": 2},
    # What had a value has none, and the other way round.
    {**NULLS, "id": 1},
    {**FULL, "id": 3},
    # As our taps tell of a deleted row: its key and the time.
    {"id": 4, "_sdc_deleted_at": "2026-02-01T00:00:00.25Z"},
    {"id": 12, "text": "new"},
]


def schema(name: str, columns: Record) -> Record:
    definition = {"type": "object", "properties": columns, "additionalProperties": True}
    return {"type": "SCHEMA", "stream": name, "schema": definition, "key_properties": ["id"]}


def record(name: str, row: Record, version: int | None = None) -> Record:
    message = {"type": "RECORD", "stream": name, "record": row}
    return message if version is None else {**message, "version": version}


def activated(version: int, *ids: int) -> list[Record]:
    """A list that was read whole: what is not in it is deleted."""
    rows = [record("whole", {"id": ident}, version) for ident in ids]
    return [*rows, {"type": "ACTIVATE_VERSION", "stream": "whole", "version": version}]


@dataclass
class Loader:
    """target-postgres with settings, into a schema of its own."""

    database: str
    folder: Path
    programs: Path
    name: str
    settings: Record

    def load(self, messages: list[Record]) -> str:
        """Load messages; return the log if that failed, or nothing."""
        url = self.database.replace("postgresql://", "postgresql+psycopg://")
        there = {"sqlalchemy_url": url, "default_target_schema": self.name}
        config = self.folder / f"{self.name}.json"
        config.write_text(json.dumps({**self.settings, **there}), encoding="utf-8")
        done = subprocess.run(
            [self.programs / "target-postgres", "--config", str(config)],
            input="".join(f"{json.dumps(message)}\n" for message in messages),
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        return done.stderr if done.returncode else ""

    def rows(self, table: str) -> list[tuple[t.Any, ...]]:
        """Rows by id; of what the loader itself adds, whether it says that they are deleted."""
        with psycopg.connect(self.database) as connection:
            names = connection.execute(
                "select column_name from information_schema.columns where table_schema = %s "
                "and table_name = %s and column_name not like '\\_sdc%%' order by 1",
                [self.name, table],
            ).fetchall()
            columns = [sql.Identifier(name) for (name,) in names]
            query = sql.SQL("select {}, {} from {} order by id").format(
                sql.SQL(", ").join(columns),
                # The time of the deletion is the row's own, or that of the load.
                sql.SQL("_sdc_deleted_at" if table == "rows" else "_sdc_deleted_at is null"),
                sql.Identifier(self.name, table),
            )
            return connection.execute(query).fetchall()


@pytest.fixture
def loaders(database: str, tmp_path: Path, programs: Path) -> list[Loader]:
    """With the loader's defaults, and with ours, in batches of three rows."""
    settings = {"defaults": {}, "ours": {**postgres_settings(), "batch_size_rows": 3}}
    return [Loader(database, tmp_path, programs, name, each) for name, each in settings.items()]


def test_both_leave_the_same_in_the_tables(loaders: list[Loader]) -> None:
    tables = {}
    for loader in loaders:
        first = [record("rows", row) for row in FIRST]
        second = [record("rows", row) for row in SECOND]
        head = [schema("rows", COLUMNS), schema("whole", {"id": COLUMNS["id"]})]
        assert not loader.load([*head, *first, *activated(1, 1, 2, 3)])
        before = {name: loader.rows(name) for name in ("rows", "whole")}
        assert not loader.load([*head, *second, *activated(2, 2, 4)])
        tables[loader.name] = [before, {name: loader.rows(name) for name in ("rows", "whole")}]

    before, after = tables["defaults"]
    assert [len(each["rows"]) for each in (before, after)] == [11, 12]
    assert after["whole"] == [(1, False), (2, True), (3, False), (4, True)]
    assert tables["ours"] == tables["defaults"]


def change_types(loader: Loader) -> list[tuple[t.Any, ...]]:
    """Load a row, and another one under a SCHEMA in which fields have other types."""
    kinds = ("text", "amount", "at", "text", "text")
    others = ("count", "count", "day", "company", "tags")
    before = ["x", 1.5, "2026-01-31T12:00:00Z", "x", "x"]
    after = [2, 2, "2026-02-01", {"a": 1}, ["a"]]
    for ident, names, values in ((1, kinds, before), (2, others, after)):
        columns = {f"f{number}": COLUMNS[name] for number, name in enumerate(names)}
        row = {f"f{number}": value for number, value in enumerate(values)}
        if ident == 2:
            columns["added"], row["added"] = TEXT, "new"
        messages = [schema("types", {"id": COLUMNS["id"], **columns}),
                    record("types", {"id": ident, **row})]  # fmt: skip
        assert not loader.load(messages)
    return loader.rows("types")


def test_a_field_of_another_type_is_loaded_into_the_column_that_there_is(
    loaders: list[Loader],
) -> None:
    rows = {loader.name: change_types(loader) for loader in loaders}

    last = rows["ours"][1]
    # JSON in a column of text: only the gaps differ.
    rows = {name: [tuple(_plain(value) for value in row) for row in found]
            for name, found in rows.items()}  # fmt: skip
    assert rows["ours"] == rows["defaults"]
    assert last[0] == "new"


def _plain(value: t.Any) -> t.Any:  # noqa: ANN401
    return value.replace(" ", "") if isinstance(value, str) else value


def test_a_fraction_that_a_column_has_no_room_for_is_an_error_and_not_rounded(
    loaders: list[Loader],
) -> None:
    """INSERT makes 2 of it without a word."""
    ours = loaders[1]
    whole, broken = COLUMNS["count"], COLUMNS["amount"]
    assert not ours.load([schema("types", {"id": COLUMNS["id"], "n": whole}),
                          record("types", {"id": 1, "n": 1})])  # fmt: skip

    log = ours.load([schema("types", {"id": COLUMNS["id"], "n": broken}),
                     record("types", {"id": 2, "n": 1.5})])  # fmt: skip

    assert 'invalid input syntax for type bigint: "1.5"' in log
    assert ours.rows("types") == [(1, 1, True)]
