"""Numbers as people read them."""

from __future__ import annotations

import html
import typing as t
from datetime import date, datetime

if t.TYPE_CHECKING:
    from decimal import Decimal

NONE = "\N{EN DASH}"


def amount(value: Decimal | float | None, currency: str | None = None) -> str:
    """Return an amount without cents: ``12 345 EUR``; an en dash for none."""
    if value is None:
        return NONE
    return f"{value:,.0f}".replace(",", "\N{NO-BREAK SPACE}") + (
        f"\N{NO-BREAK SPACE}{currency}" if currency else ""
    )


def number(value: Decimal | float | None, places: int = 0, unit: str = "") -> str:
    """Return a number with decimal places and unit; an en dash for none."""
    if value is None:
        return NONE
    return f"{value:,.{places}f}".replace(",", "\N{NO-BREAK SPACE}") + unit


def text(value: t.Any) -> str:  # noqa: ANN401 - of the database
    """Return a value as HTML text."""
    if value is None or value == "":
        return NONE
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return html.escape(str(value))
