"""Tables that sort themselves."""

from __future__ import annotations

import html
import typing as t
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from report.numbers import text

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Row = dict[str, t.Any]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        field: The field that it is sorted by.
        show: Returns its HTML for a row; by default that of the field.
    """

    title: str
    field: str
    show: Callable[[Row], str] | None = None


def table(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """Return a table; pressing a heading sorts it."""
    head = "".join(
        f'<th scope="col"><button type="button">{html.escape(column.title)}</button></th>'
        for column in columns
    )
    body = "".join(f"<tr>{''.join(_cell(column, row) for column in columns)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def folded(title: str, content: str) -> str:
    """Return what is shown only when somebody asks for it, and on paper."""
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def _cell(column: Column, row: Row) -> str:
    value = row[column.field]
    shown = column.show(row) if column.show else text(value)
    kind = ' class="number"' if isinstance(value, int | float | Decimal) else ""
    return f'<td{kind} data-value="{_sortable(value)}">{shown}</td>'


def _sortable(value: t.Any) -> str:  # noqa: ANN401 - of the database
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return html.escape(str(value), quote=True)
