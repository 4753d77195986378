"""Moments of the world and how the APIs print them."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timedelta, timezone

if t.TYPE_CHECKING:
    from random import Random

NANOS = 1_000_000_000


def utc_now() -> datetime:
    """The real time in whole seconds."""
    return datetime.now(timezone.utc).replace(microsecond=0)


def parse_moment(text: str) -> datetime:
    """Read an ISO date or date-time; without a zone it is UTC.

    Raises:
        ValueError: the text is neither.
    """
    head, dot, tail = text.strip().replace("Z", "+00:00").partition(".")
    if dot:  # Python 3.10 reads only three or six digits of a fraction
        digits = tail[: next((i for i, char in enumerate(tail) if not char.isdigit()), len(tail))]
        head = f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"
    moment = datetime.fromisoformat(head)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def whole(moment: datetime) -> str:
    """Print `2026-03-01T08:15:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def milli(moment: datetime) -> str:
    """Print `2026-03-01T08:15:00.123Z`, as MOCO does for offers."""
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"


def day(moment: datetime | date) -> str:
    """Print `2026-03-01`."""
    return moment.strftime("%Y-%m-%d")


def nanos(moment: datetime) -> int:
    """Nanoseconds since the epoch."""
    return int(moment.timestamp()) * NANOS + moment.microsecond * 1000


def from_nanos(value: int) -> datetime:
    """The moment of a number of nanoseconds, cut to microseconds."""
    seconds, rest = divmod(value, NANOS)
    return datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=rest // 1000)


def fractional(value: int) -> str:
    """Print nanoseconds since the epoch with as many digits as they need, none to nine."""
    seconds, rest = divmod(value, NANOS)
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}".rstrip("0").rstrip(".") + "Z"


def between(rng: Random, earliest: datetime, latest: datetime) -> datetime:
    """A moment in (earliest, latest], in whole seconds; `latest` if there is no room."""
    span = int((latest - earliest).total_seconds())
    return earliest + timedelta(seconds=rng.randint(1, span)) if span > 0 else latest


def with_fraction(rng: Random, moment: datetime, latest: datetime) -> int:
    """Nanoseconds of a moment with 0 to 9 random digits of a fraction, never after `latest`."""
    digits = rng.choice((0, 0, 1, 3, 5, 6, 6, 9))
    fraction = rng.randrange(int(10**digits)) * int(10 ** (9 - digits))
    return min(nanos(moment) - NANOS + fraction, nanos(latest))
