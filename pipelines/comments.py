"""Writes what the taps say of their tables and columns into the warehouse, as COMMENT ON."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from psycopg import sql

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

# In which schemas are the tables of which tap: how it is called, but for --discover.
CATALOGS = {
    "moco": "tap-moco",
    "ulule": "tap-ulule",
    "miimosa": "tap-miimosa",
    "micropledge": "tap-micropledge",
}
# What loaders of the SDK add to each table.
ADDED = {
    "_sdc_extracted_at": "When the tap read the row (UTC).",
    "_sdc_received_at": "When the loader received the row (UTC).",
    "_sdc_batched_at": "When the loader began the batch of the row (UTC).",
    "_sdc_deleted_at": "When it was found that the row is gone (UTC); null while it is there.",
    "_sdc_sequence": "Milliseconds since 1970 at which the loader received the row.",
    "_sdc_table_version": "Version of the table, where the tap reads the list as a whole.",
    "_sdc_sync_started_at": "Milliseconds since 1970 at which the loader began.",
}
# The longest name in PostgreSQL; it cuts others.
LONGEST_NAME = 63
PERSONAL, PERSONAL_DATA = "x-personal", "personal data"
# Tables, views left aside; and their columns, with the comments that they have.
EXISTING = """
    select namespace.nspname, class.relname, attribute.attname,
           col_description(class.oid, attribute.attnum), obj_description(class.oid, 'pg_class')
    from pg_class as class
    join pg_namespace as namespace on namespace.oid = class.relnamespace
    join pg_attribute as attribute on attribute.attrelid = class.oid
    where namespace.nspname = any(%s) and class.relkind in ('r', 'p')
      and attribute.attnum > 0 and not attribute.attisdropped
"""

Texts = dict[str, tuple[str, dict[str, str]]]


def write_comments(connection: psycopg.Connection) -> str:
    """Describe the tables and columns that there are; say how many descriptions are new.

    Raises:
        ValueError: A tap is not there, or its catalog cannot be read.
    """
    given = os.environ.get("WAREHOUSE_CATALOGS")
    catalogs: dict[str, str] = json.loads(given) if given else CATALOGS
    rows = connection.execute(EXISTING, [list(catalogs)]).fetchall()
    found = {schema for schema, *_ in rows}
    told = _discover({tap for schema, tap in catalogs.items() if schema in found})
    written, tables = 0, dict[tuple[str, str], str | None]()
    for schema, table, column, comment, about in rows:
        tables[schema, table] = about
        described = _find(told[catalogs[schema]], table)
        text = _find(described[1], column) if described else None
        text = text or ADDED.get(column)
        if text and text != comment:
            place = sql.Identifier(schema, table, column)
            _comment(connection, sql.SQL("column"), place, text)
            written += 1
    for (schema, table), about in tables.items():
        described = _find(told[catalogs[schema]], table)
        if described and described[0] not in ("", about):
            _comment(connection, sql.SQL("table"), sql.Identifier(schema, table), described[0])
            written += 1
    return f"{written} comments written on {len(tables)} tables with {len(rows)} columns"


def _comment(
    connection: psycopg.Connection, kind: sql.SQL, place: sql.Identifier, text: str
) -> None:
    statement = sql.SQL("comment on {} {} is {}").format(kind, place, sql.Literal(text))
    connection.execute(statement)


T = t.TypeVar("T")


def _find(known: dict[str, T], name: str) -> T | None:
    """Return what is known by a name: as it is, cut by PostgreSQL, or in lower case."""
    if name in known:
        return known[name]
    for each, value in known.items():
        cut = each.encode()[:LONGEST_NAME].decode(errors="ignore")
        if name in {cut, cut.lower()}:
            return value
    return None


def _discover(taps: set[str]) -> dict[str, Texts]:
    """Ask some taps, all at once, for the descriptions of their streams and fields.

    Raises:
        ValueError: A tap is not there, or tells no catalog.
    """
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", "")])
    running = {}
    for tap in sorted(taps):
        name, *options = shlex.split(tap)
        command = shutil.which(name, path=path)
        if command is None:
            raise ValueError(f"WAREHOUSE_CATALOGS: there is no program {name}")
        running[tap] = subprocess.Popen(  # noqa: S603 - what the settings name
            [command, *options, "--discover"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    found = {}
    for tap, process in running.items():
        output, _ = process.communicate()
        if process.returncode:
            raise ValueError(f"{tap} --discover failed with exit code {process.returncode}")
        found[tap] = dict(_describe(json.loads(output)))
    return found


def _describe(catalog: dict[str, t.Any]) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    """Yield for each stream of a catalog its description, and those of its fields."""
    for entry in catalog["streams"]:
        schema = entry["schema"]
        columns = {
            name: _describe_field(definition) for name, definition in schema["properties"].items()
        }
        yield entry["tap_stream_id"], (schema.get("description", ""), columns)


def _describe_field(definition: dict[str, t.Any]) -> str:
    about: str = definition.get("description", "")
    if definition.get(PERSONAL) and PERSONAL_DATA not in about:
        return f"{about} Personal data.".strip()
    return f"{about} Holds personal data.".strip() if _holds_personal(definition) else about


def _holds_personal(definition: dict[str, t.Any]) -> bool:
    inner = [*definition.get("properties", {}).values()]
    inner += [definition["items"]] if definition.get("items") else []
    return any(each.get(PERSONAL) or _holds_personal(each) for each in inner)
