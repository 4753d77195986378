"""The floor: a loop with requests and orjson that loads with COPY and one upsert."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import orjson
import psycopg
import requests
from lists import LISTS
from loop import pages
from psycopg import sql

TYPES = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "object": "jsonb",
    "array": "jsonb",
}
FORMATS = {"date": "date", "date-time": "timestamp"}


def main(url: str, database: str, schema: str, state: str) -> None:
    """Load what is new since the timestamp that a file keeps.

    Args:
        url: Of the benchmark server.
        database: Of PostgreSQL.
        schema: Of the table.
        state: The file.
    """
    found, file = LISTS["activities"], Path(state)
    newest = json.loads(file.read_text()) if file.exists() else ""
    since = f"&updated_after={newest}" if newest else ""
    types = {name: _type(given) for name, given in found.schema()["properties"].items()}
    with requests.Session() as session, psycopg.connect(database) as connection:
        table = _create(connection, schema, found.name, types)
        nested = [name for name, given in types.items() if given == "jsonb"]
        columns = sql.SQL(", ").join(map(sql.Identifier, types))
        copied = sql.SQL("copy staging ({}) from stdin").format(columns)
        with connection.cursor().copy(copied) as copy:
            for rows in pages(session, url + found.first_page + since):
                for row in rows:
                    newest = max(newest, row["updated_at"])
                    for name in nested:
                        if row.get(name) is not None:
                            row[name] = orjson.dumps(row[name]).decode()
                    copy.write_row([row.get(name) for name in types])
        changes = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in types
        )
        merge = "insert into {} ({}) select {} from staging on conflict (id) do update set {}"
        connection.execute(sql.SQL(merge).format(table, columns, columns, changes))
    file.write_text(json.dumps(newest))


def _type(given: dict[str, object]) -> str:
    """Return the column type of a property."""
    kinds = [kind for kind in given["type"] if kind != "null"]  # type: ignore[attr-defined]
    return FORMATS.get(str(given.get("format")), TYPES.get(kinds[0], "text"))


def _create(
    connection: psycopg.Connection, schema: str, name: str, types: dict[str, str]
) -> sql.Identifier:
    """Return the table, made if there is none; and make one for what is new."""
    table = sql.Identifier(schema, name)
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(given))
        for name, given in types.items()
    )
    made = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
    connection.execute(made)
    create = "create table if not exists {} ({}, primary key (id))"
    connection.execute(sql.SQL(create).format(table, columns))
    connection.execute(sql.SQL("create temp table staging ({}) on commit drop").format(columns))
    return table


if __name__ == "__main__":
    main(*sys.argv[1:])
