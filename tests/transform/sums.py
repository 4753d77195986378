"""Sums of rows, and whether two of them are the same."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from decimal import Decimal

if t.TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, t.Any]


def total(rows: t.Iterable[Row], column: str) -> Decimal:
    """The sum of a column, in which null is nothing."""
    return sum((Decimal(str(row[column] or 0)) for row in rows), Decimal())


def group(rows: t.Iterable[Row], key: Callable[[Row], t.Any]) -> defaultdict[t.Any, list[Row]]:
    """Rows by what a function tells of them."""
    found: defaultdict[t.Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def near(one: object, other: object) -> bool:
    """Whether two numbers are the same but for rounding; nothing is nothing."""
    return abs(Decimal(str(one or 0)) - Decimal(str(other or 0))) < Decimal("0.06")
