"""Compares tables with the world: keys, and each number, day, flag and status."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import typing as t
from dataclasses import dataclass, field

from psycopg import sql

from sandbox.world.clock import parse_moment

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from demo.scope import Row, World

VALID = ("awaiting-confirmation", "payment-completed", "payment-done", "shipped")
"""Orders that count; what became invalid stays in its table, with its new status."""
DELETED = "_sdc_deleted_at"
COMPARED = (
    "smallint", "integer", "bigint", "numeric", "double precision", "real", "boolean", "date",
)  # fmt: skip
# What no counter tells of: found when the project is read again, see refresh_days of tap-ulule.
DELAYED = {("project_news", "comments_count"), ("news_comments", "")}
# What belongs to a project and moves no counter: missed when the project is read again.
GONE_UNNOTICED = frozenset({
    "ulule.project_faqs", "ulule.project_images", "ulule.project_rewards", "ulule.project_tags",
    "ulule.reward_shippings", "ulule.reward_variants",
})  # fmt: skip
# Lists that are read when a counter of what they belong to has moved, and of what they are.
COUNTED = {
    "ulule.project_comments": "project_id",
    "ulule.project_events": "project_id",
    "ulule.project_news": "project_id",
    "ulule.project_orders": "project_id",
    "ulule.project_supporters": "project_id",
    "micropledge.pledges": "project_slug",
}
WORDS = ("status",)
"""Columns of text that are compared."""
SHOWN = 5


@dataclass
class Difference:
    """What is wrong with a table.

    Attributes:
        api: Its schema.
        stream: Its name.
        missing: Keys that the world has and the table has not.
        left: Keys that the table has and the world has not.
        values: Column, key, value in the table, value in the world.
        late: Column and key of what nobody can know as yet; the column is empty for a whole row.
    """

    api: str
    stream: str
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    values: list[tuple[str, str, t.Any, t.Any]] = field(default_factory=list)
    late: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is wrong, what is late aside."""
        return bool(self.missing or self.left or self.values)

    def __str__(self) -> str:
        """Return one line that names the first few."""
        parts = []
        for what, keys in (("missing", self.missing), ("gone, but there", self.left)):
            if keys:
                parts.append(f"{len(keys)} {what} ({', '.join(keys[:SHOWN])})")
        for column, key, held, real in self.values[:SHOWN]:
            parts.append(f"{column} of {key} is {held}, not {real}")
        if len(self.values) > SHOWN:
            parts.append(f"and {len(self.values) - SHOWN} values more")
        return f"{self.api}.{self.stream}: {'; '.join(parts)}"


@dataclass
class Table:
    """A table of the warehouse.

    Attributes:
        api: Its schema.
        stream: Its name.
        keys: Columns of its key.
        types: Type of each column.
    """

    api: str
    stream: str
    keys: list[str]
    types: dict[str, str]

    def read(self, connection: Connection) -> list[Row]:
        """Return the rows that are not marked as deleted."""
        there = sql.SQL("where {} is null").format(sql.Identifier(DELETED))
        query = sql.SQL("select * from {} {}").format(
            sql.Identifier(self.api, self.stream), there if DELETED in self.types else sql.SQL("")
        )
        cursor = connection.execute(query)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def key(self, row: Row) -> str:
        """Return a row's key as text, the same for a row of the world and of the table."""
        return "/".join(str(plain(row.get(name), self.types[name])) for name in self.keys)


def list_tables(connection: Connection, schemas: list[str]) -> list[Table]:
    """Return the tables of some schemas."""
    columns = connection.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_schema = any(%s) order by 1, 2, ordinal_position",
        [schemas],
    ).fetchall()
    keys = connection.execute(
        "select table_schema, table_name, column_name from information_schema.key_column_usage "
        "where table_schema = any(%s) order by ordinal_position",
        [schemas],
    ).fetchall()
    tables: dict[tuple[str, str], Table] = {}
    for schema, name, column, kind in columns:
        table = tables.setdefault((schema, name), Table(schema, name, [], {}))
        table.types[column] = kind
    for schema, name, column in keys:
        tables[schema, name].keys.append(column)
    return list(tables.values())


def compare(table: Table, rows: list[Row], world: World) -> Difference:
    """Compare the rows of a table with those that it should have."""
    found = Difference(table.api, table.stream)
    if table.stream in {"project_orders", "user_orders"}:
        rows = [row for row in rows if row["status"] in VALID]
    if table.stream == "project_order_items":
        valid = {row["id"] for row in world.expected(table.api, "project_orders")}
        rows = [row for row in rows if row["order_id"] in valid]
    held = {table.key(row): row for row in rows}
    real = {table.key(row): row for row in world.expected(table.api, table.stream)}
    late = unknowable(table, held, real)
    found.late += [("", key) for key in sorted(late)]
    found.missing = sorted(real.keys() - held.keys() - late)
    found.left = sorted(held.keys() - real.keys() - late)
    columns = [name for name, kind in table.types.items() if kind in COMPARED or name in WORDS]
    for key in sorted(held.keys() & real.keys()):
        for name in columns:
            pair = [plain(row.get(name), table.types[name]) for row in (held[key], real[key])]
            if name not in real[key] or not is_comparable(pair[1], table.types[name]):
                continue
            if same(*pair):
                continue
            if (table.stream, name) in DELAYED:
                found.late.append((name, key))
            else:
                found.values.append((name, key, *pair))
    return found


def unknowable(table: Table, held: dict[str, Row], real: dict[str, Row]) -> set[str]:
    """Return the keys of rows of which no counter tells.

    As many are gone from a project as have come: its counters are what they were.
    """
    different = held.keys() ^ real.keys()
    if (table.stream, "") in DELAYED:
        return different
    name = f"{table.api}.{table.stream}"
    if name in GONE_UNNOTICED:
        return held.keys() - real.keys()
    parent = COUNTED.get(name)
    if parent is None:
        return set()
    counters = [count(name, parent, rows.values()) for rows in (held, real)]
    rows = held | real
    of = {key: rows[key][parent] for key in different}
    return {key for key in different if counters[0].get(of[key]) == counters[1].get(of[key])}


def count(name: str, parent: str, rows: Iterable[Row]) -> dict[t.Any, tuple[int, ...]]:
    """Return the counters of each parent as they follow from its rows.

    Of orders a project counts the amount, in whole units, and the products, too.
    """
    found: dict[t.Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[parent], []).append(row)
    if name != "ulule.project_orders":
        return {key: (len(each),) for key, each in found.items()}
    return {
        key: (
            len(each),
            round(sum(float(row["order_subtotal"]) for row in each) * 100) // 100,
            sum(item["quantity"] for row in each for item in row["items"]),
        )
        for key, each in found.items()
    }


def plain(value: t.Any, kind: str) -> t.Any:  # noqa: ANN401 - of any column
    """Return a value as the same thing whether it comes from a table or as JSON."""
    if value is None or value == "":
        return None
    if kind.startswith("timestamp"):
        moment = parse_moment(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=None).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal) or kind == "numeric":
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if kind in COMPARED and isinstance(value, str) and kind != "date":
        return plain(float(value), kind)
    return value


def is_comparable(real: t.Any, kind: str) -> bool:  # noqa: ANN401 - of any column
    """Whether a value of the world is one that its column holds as it is.

    Taps write numbers that stand for words as words.
    """
    return not isinstance(real, dict | list if kind in COMPARED else int)


def same(held: t.Any, real: t.Any) -> bool:  # noqa: ANN401 - of any column
    """Whether two values are the same, numbers up to what a float can tell."""
    if isinstance(held, int | float) and isinstance(real, int | float):
        return math.isclose(held, real, rel_tol=1e-9, abs_tol=1e-6)
    return bool(held == real)
