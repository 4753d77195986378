"""Timestamps, compared as instants and never as text: ``…12Z`` sorts behind ``…12.5Z``."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from itertools import repeat
from operator import itemgetter

import msgspec

from .encoded_rows import column
from .sdk import datetime_fromisoformat

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .encoded_rows import Rows

# Length of 2026-01-31T12:00:00Z: such texts sort like the instants that they are.
_SORTABLE = 20


def instant(value: str | datetime) -> datetime:
    """Return a timestamp as a datetime in UTC; one without a zone counts as UTC.

    Raises:
        ValueError: If a text is not an ISO date or date-time, or is one that UTC has no year for.
    """
    parsed = value if isinstance(value, datetime) else datetime_fromisoformat(value)
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=timezone.utc)
    try:
        return parsed.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("before year 1, or after year 9999") from None


def instant_or_none(value: object) -> datetime | None:
    """Return a timestamp as a datetime in UTC; None for whatever is none."""
    if not isinstance(value, (str, datetime)):
        return None
    try:
        return instant(value)
    except ValueError:
        return None


def as_text(moment: datetime) -> str:
    """Return an instant in whole seconds, such as ``2026-01-31T12:00:00Z``."""
    whole = moment.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None)
    return f"{whole.isoformat()}Z"


def earlier(moment: datetime, by: timedelta) -> datetime:
    """Return an earlier instant, the earliest one that Python knows at the most."""
    first = datetime.min.replace(tzinfo=timezone.utc)
    return moment - by if moment - first > by else first


def is_later(one: str, other: str) -> bool:
    """Tell whether a timestamp is later than another one."""
    if len(one) == len(other) == _SORTABLE and one[-1] == other[-1] == "Z":
        return one > other
    return instant(one) > instant(other)


def are_sortable(texts: Sequence[str]) -> bool:
    """Tell whether timestamps sort as texts like the instants that they are."""
    return set(map(len, texts)) <= {_SORTABLE} and all(map(str.endswith, texts, repeat("Z")))


def instants(values: Sequence[object]) -> list[datetime]:
    """Return those of some values that are timestamps, as datetimes in UTC."""
    try:
        texts = msgspec.convert(values, list[str])
        if are_sortable(texts):
            return msgspec.convert(texts, list[datetime])
    except msgspec.ValidationError:
        # Looked at one by one.
        pass
    return [moment for value in values if (moment := instant_or_none(value)) is not None]


def latest(values: Iterable[object]) -> str | None:
    """Return the latest of some timestamps, or None; what is none does not count."""
    texts = [value for value in values if value and isinstance(value, str)]
    if texts and are_sortable(texts):
        last = max(texts)
        if instant_or_none(last):
            return last
    moments = [(moment, value) for value in texts if (moment := instant_or_none(value))]
    return max(moments, key=itemgetter(0))[1] if moments else None


def find_latest(records: Rows, field: str) -> str | None:
    """Return the latest timestamp of a field, or None."""
    return latest(column(records, field))
