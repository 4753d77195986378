"""Prints tables of a DuckDB file as JSON; run by the environment of target-duckdb.

Usage: ``python dump_duckdb.py FILE SCHEMA TABLE…``; a table that is not there is left out.
"""

import json
import sys

import duckdb  # type: ignore[import-not-found]


def main(path: str, schema: str, wanted: list[str]) -> None:
    """Print ``{table: [row]}``, what JSON has no type for as text."""
    connection = duckdb.connect(path, read_only=True)
    query = "select table_name from information_schema.tables where table_schema = ?"
    there = {table for (table,) in connection.execute(query, [schema]).fetchall()}
    found = {}
    for name in there.intersection(wanted):
        table = connection.table(f'"{schema}"."{name}"')
        found[name] = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    print(json.dumps(found, default=str))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
