"""Shows what target-postgres.md says: ``python target_postgres.py POSTGRESQL_URL [RECORDS]``.

It needs meltanolabs-target-postgres and psycopg in its environment, and an empty database.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import psycopg
from psycopg import sql

Message = dict[str, t.Any]

TARGET = Path(sys.executable).with_name("target-postgres")
COPY = {"use_copy": True}
NO_CHECK = {"validate_records": False}
TEXT = {"type": ["string", "null"]}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
OBJECT = {"type": ["object", "null"], "additionalProperties": True}
COLUMNS = {
    "id": {"type": ["integer"]},
    **{f"text_{number}": TEXT for number in range(14)},
    **{f"object_{number}": OBJECT for number in range(5)},
    "created_at": MOMENT,
    "updated_at": MOMENT,
}


class Database:
    """A PostgreSQL that target-postgres loads into.

    Args:
        url: Of the database.
    """

    def __init__(self, url: str) -> None:
        """Keep the URL."""
        self.url = url

    def load(self, schema: str, messages: list[Message], **settings: bool) -> tuple[float, str]:
        """Load messages; return the CPU time in seconds, and the error if there was one."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
            url = self.url.replace("postgresql:", "postgresql+psycopg:")
            there = {"sqlalchemy_url": url, "default_target_schema": schema}
            json.dump({**there, **settings}, config)
            config.flush()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [TARGET, "--config", config.name],
                input="".join(f"{json.dumps(message)}\n" for message in messages),
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        raised = [line for line in done.stderr.splitlines() if line.startswith("psycopg.errors")]
        return cpu, raised[-1] if done.returncode and raised else ""

    def ask(self, query: t.LiteralString) -> list[tuple[t.Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.SQL(query)).fetchall()


def stream(columns: Message, rows: list[Message]) -> list[Message]:
    """Return the messages of a stream."""
    definition = {"type": "object", "properties": columns}
    head = {"type": "SCHEMA", "stream": "s", "schema": definition, "key_properties": ["id"]}
    return [head, *[{"type": "RECORD", "stream": "s", "record": row} for row in rows]]


def show_offset(database: Database) -> None:
    """Case 1: an offset is lost."""
    messages = stream({"id": COLUMNS["id"], "at": MOMENT},
                      [{"id": 1, "at": "2026-01-31T12:00:00+02:00"}])  # fmt: skip
    database.load("offset_insert", messages)
    database.load("offset_copy", messages, **COPY)
    print("1. 2026-01-31T12:00:00+02:00 in a session in UTC")
    print("   INSERT:", database.ask("select at from offset_insert.s")[0][0])
    print("   COPY:  ", database.ask("select at from offset_copy.s")[0][0])


def show_quote(database: Database) -> None:
    """Case 2: a name with a quotation mark."""
    messages = stream({"id": COLUMNS["id"], 'a"b': TEXT}, [{"id": 1, 'a"b': "x"}])
    print('2. a column named a"b')
    print("   INSERT:", database.load("quote_insert", messages)[1] or "loaded")
    print("   COPY:  ", database.load("quote_copy", messages, **COPY)[1] or "loaded")


def show_writes(database: Database, messages: list[Message]) -> None:
    """Case 3: new rows are inserted and updated."""
    database.load("writes", messages, **COPY, **NO_CHECK)
    query = """select n_tup_ins, n_tup_upd, pg_total_relation_size(relid)
               from pg_stat_user_tables where schemaname = 'writes'"""
    inserted, updated, size = database.ask(query)[0]
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("vacuum full writes.s")
    compact = database.ask(query)[0][2]
    print(f"3. {len(messages) - 1} new rows: {inserted} inserted, {updated} updated;")
    print(f"   {size / 1e6:.1f} MB, of which {compact / 1e6:.1f} MB are needed")


def show_time(database: Database, messages: list[Message]) -> None:
    """Case 4: where the time goes."""
    start = database.load("time_start", messages[:2])[0]
    print(f"4. CPU for {len(messages) - 1} records, start taken off ({start:.2f} s)")
    for name, settings in (("defaults", {}), ("use_copy", COPY), ("without validation", NO_CHECK),
                           ("both", {**COPY, **NO_CHECK})):  # fmt: skip
        schema = f"time_{name.replace(' ', '_')}"
        print(f"   {name}: {database.load(schema, messages, **settings)[0] - start:.2f} s")
    columns = {name: each for name, each in COLUMNS.items() if each is not MOMENT}
    given = [{**each, "record": {name: each["record"][name] for name in columns}}
             for each in messages[1:]]  # fmt: skip
    less = database.load("time_moments", [*stream(columns, []), *given], **COPY, **NO_CHECK)[0]
    print(f"   both, without the two timestamps: {less - start:.2f} s")


# Stands for packages that no load without an SSH tunnel, and with one stream at a time, uses.
DEFERRED = """
import sys, types
for name in {names!r}:
    module = sys.modules[name] = types.ModuleType(name)
    module.__getattr__ = lambda _: object
"""
IMPORT = "from target_postgres.target import TargetPostgres"


def show_start(rounds: int = 7) -> None:
    """Case 5: what a start imports for nothing."""
    variants = {
        "as it is": IMPORT,
        "without paramiko": DEFERRED.format(names=["paramiko"]) + IMPORT,
        "without joblib and upath (SDK)": DEFERRED.format(names=["joblib", "upath"]) + IMPORT,
        "without all three": DEFERRED.format(names=["paramiko", "joblib", "upath"]) + IMPORT,
        "and without garbage collection": "import gc; gc.disable()"
        + DEFERRED.format(names=["paramiko", "joblib", "upath"])
        + IMPORT
        + "; gc.freeze()",
    }
    found = [{name: cpu_of(code) for name, code in variants.items()} for _ in range(rounds)]
    print("5. CPU of the imports of target-postgres")
    for name in variants:
        seconds = statistics.median(each[name] for each in found)
        share = statistics.median(each[name] / each["as it is"] for each in found)
        print(f"   {name}: {seconds:.2f} s, {share:.2f}")


def cpu_of(code: str) -> float:
    """Return the CPU time in seconds of Python code in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Isolated: this file has the name of the package.
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(url: str, records: str = "20000") -> None:
    """Show all cases."""
    database = Database(url)
    row = {name: {"id": 7, "name": "Kundenportal Neubau"} if each is OBJECT
           else "2026-01-31T12:00:00Z" if each is MOMENT else "Workshop Schnittstellen"
           for name, each in COLUMNS.items()}  # fmt: skip
    messages = stream(COLUMNS, [{**row, "id": number} for number in range(int(records))])
    show_offset(database)
    show_quote(database)
    show_writes(database, messages)
    show_time(database, messages)
    show_start()


if __name__ == "__main__":
    main(*sys.argv[1:])
