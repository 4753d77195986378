"""The fields of a record that the journal keeps: keys by which a lead is found at its source."""

from __future__ import annotations

import typing as t

from target_miimosa_leads.leads.damage import REPLACEMENT
from target_miimosa_leads.leads.spelling import to_text

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def read_kept(names: Iterable[str], *records: Mapping[str, t.Any]) -> dict[str, str]:
    """Return the fields with these names that have a value, as text; lists and objects have none.

    Args:
        names: Of the fields.
        records: Where to look, in this order.
    """
    found = {}
    for name in names:
        values = (_to_text(record.get(name)) for record in records)
        if text := next(filter(None, values), None):
            found[name] = text
    return found


def _to_text(value: t.Any) -> str | None:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower()
    text = to_text(value)
    # PostgreSQL has no U+0000.
    return text.replace("\0", REPLACEMENT) if isinstance(text, str) else None
