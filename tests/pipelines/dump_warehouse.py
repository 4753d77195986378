"""Prints the tables of a demo's warehouse as JSON; a process of its own, as the demo is one.

Usage: ``python -m tests.pipelines.dump_warehouse HOME``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from demo.postgres import start_postgres

SCHEMAS = ["moco", "ulule", "miimosa", "micropledge"]


def dump(uri: str) -> dict[str, object]:
    """Rows without the loader's own columns, each as text, in order; tables without a key."""
    tables = {}
    with psycopg.connect(uri) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema = any(%s) order by 1, 2",
            [SCHEMAS],
        ).fetchall()
        for schema, name in names:
            columns = connection.execute(
                "select column_name from information_schema.columns "
                "where table_schema = %s and table_name = %s and column_name not like '\\_sdc%%' "
                # Signed links differ at every read.
                "and column_name not in ('file_url', 'avatar_url') order by 1",
                [schema, name],
            ).fetchall()
            query = sql.SQL("select row({})::text from {} order by 1").format(
                sql.SQL(", ").join(sql.Identifier(column) for (column,) in columns),
                sql.Identifier(schema, name),
            )
            tables[f"{schema}.{name}"] = [row for (row,) in connection.execute(query)]
        keyed = connection.execute(
            "select table_schema || '.' || table_name from information_schema.table_constraints "
            "where constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    return {"tables": tables, "without_key": sorted(set(tables) - {name for (name,) in keyed})}


if __name__ == "__main__":
    server = start_postgres(Path(sys.argv[1]) / "postgres")
    try:
        print(json.dumps(dump(server.get_uri())))
    finally:
        server.stop()
