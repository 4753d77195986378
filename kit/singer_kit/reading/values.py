"""Reads values that are written in another way than their JSON schema says.

Each function returns what a value means, or :data:`UNREADABLE` where it means nothing, or where it
may mean more than one thing.
"""

from __future__ import annotations

import math
import re
import typing as t
from datetime import date, datetime, timedelta, timezone

import msgspec

UNREADABLE: t.Any = object()
# What a column of whole numbers holds: 64 bits.
INTEGERS = range(-(2**63), 2**63)
_MOST_DIGITS = len(str(INTEGERS[0]))

_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
# How thousands are set apart: 1 234, 1'234.
_GAPS = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f'\u2019](?=[0-9]{3}(?![0-9]))")
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}|[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}")
# Both marks, the second one being that of the fraction: 1.234,50 and 1,234.50.
_MIXED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
# Not 1,234: that is either a thousand and more, or one and a bit.
_COMMA = re.compile(r"[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})")
_MOMENT = re.compile(
    r"""
    (?P<year>[0-9]{4}) (?: -(?P<month>[0-9]{1,2}) -(?P<day>[0-9]{1,2})
                         | (?P<month_>[0-9]{2}) (?P<day_>[0-9]{2}) )
    (?: (?:T|\s+) (?P<hour>[0-9]{1,2}) :(?P<minute>[0-9]{2})
        (?: :(?P<second>[0-9]{2}) (?: [.,](?P<fraction>[0-9]{1,9}) )? )?
        \s* (?P<zone> Z | UTC | GMT | [+-][0-9]{2}(?: :?[0-9]{2} )? )? )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ZERO = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Seconds and milliseconds since 1970, from 1973 on: numbers that cannot be a year or a day.
_SECONDS = range(10**8, 10**10)
_MILLISECONDS = range(10**11, 10**13)


def boolean(value: object) -> t.Any:  # noqa: ANN401
    """Return the boolean that 1, 0, ``"true"`` and the like stand for."""
    word = value.strip().lower() if isinstance(value, str) else str(value)
    if isinstance(value, float) and value in {0.0, 1.0}:
        word = str(int(value))
    return True if word in _TRUE else False if word in _FALSE else UNREADABLE


def number(value: object) -> t.Any:  # noqa: ANN401
    """Return the number that a text stands for: ``"12"``, ``"1,5"``, ``"1 234,50"``.

    A text of digits gives an integer, others a float.
    """
    if not isinstance(value, str):
        return UNREADABLE
    text = _GAPS.sub("", value.strip()).replace("\u2212", "-")
    if _GROUPED.fullmatch(text):
        text = text.replace(".", "").replace(",", "")
    elif _MIXED.fullmatch(text):
        text = text.replace("." if text.index(".") < text.index(",") else ",", "")
    elif not _DECIMAL.fullmatch(text) and not _COMMA.fullmatch(text):
        return UNREADABLE
    text = text.replace(",", ".")
    if (
        text.lstrip("+-").isdecimal()
        and len(text) <= len(str(INTEGERS[0]))
        and int(text) in INTEGERS
    ):
        return int(text)
    found = float(text)
    return found if math.isfinite(found) else UNREADABLE


def integer(value: object) -> t.Any:  # noqa: ANN401
    """Return the integer that a float or a text without a fraction stands for."""
    found = value if isinstance(value, float) else number(value)
    if isinstance(found, float):
        exact = math.isfinite(found) and found.is_integer() and abs(found) < 2**53
        return int(found) if exact else UNREADABLE
    return found


def text(value: object) -> t.Any:  # noqa: ANN401
    """Return the text of a number or boolean, as JSON writes it."""
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return msgspec.json.encode(value).decode()
    return UNREADABLE


def date_time(value: object) -> t.Any:  # noqa: ANN401
    """Return a timestamp in UTC as RFC 3339 has it; one without a zone counts as UTC.

    Args:
        value: An ISO date or date-time, with a space and the letters UTC as well; or seconds or
            milliseconds since 1970, as a number or text.
    """
    found = _as_written(value)
    return found if found is UNREADABLE or found.endswith("Z") else _in_utc(found)


def calendar_day(value: object) -> t.Any:  # noqa: ANN401
    """Return the day of a date or a date-time, as it is written; see :func:`date_time`."""
    found = _as_written(value)
    return found if found is UNREADABLE else found[:10]


def _as_written(value: object) -> t.Any:  # noqa: ANN401
    """Return a timestamp as RFC 3339 has it, in the zone in which it is written."""
    moment = _since_1970(value)
    if moment is not None:
        unit = "milliseconds" if moment.microsecond else "seconds"
        return moment.replace(tzinfo=None).isoformat(timespec=unit) + "Z"
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    day = _day(found) if found else None
    if found is None or day is None:
        return UNREADABLE
    hour, minute, second = (found[name] or "00" for name in ("hour", "minute", "second"))
    fraction = f".{found['fraction']}" if found["fraction"] else ""
    zone = _zone(found["zone"])
    whole = f"{day.isoformat()}T{int(hour):02}:{minute}:{second}{fraction}{zone}"
    try:
        msgspec.convert(whole, datetime)
    except msgspec.ValidationError:
        return UNREADABLE
    return whole


def _in_utc(moment: str) -> str:
    """Return a timestamp with an offset in UTC, its fraction of any length kept.

    Before year 1 and after 9999 there is no other way to write it.
    """
    local, sign, offset = moment[:19], moment[-6], moment[-5:]
    hours, minutes = map(int, offset.split(":"))
    shift = timedelta(hours=hours, minutes=minutes)
    whole = datetime.fromisoformat(local)
    try:
        found = whole - shift if sign == "+" else whole + shift
    except OverflowError:
        return moment
    return f"{found.isoformat()}{moment[19:-6]}Z"


def _since_1970(value: object) -> datetime | None:
    given = number(value) if isinstance(value, str) else value
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        return None
    if int(given) in _SECONDS:
        return _ZERO + timedelta(milliseconds=round(given * 1000))
    if int(given) in _MILLISECONDS:
        return _ZERO + timedelta(milliseconds=int(given))
    return None


def _day(found: re.Match[str]) -> date | None:
    month, day = found["month"] or found["month_"], found["day"] or found["day_"]
    try:
        return date(int(found["year"]), int(month), int(day))
    except ValueError:
        return None


def _zone(zone: str | None) -> str:
    if zone is None or zone.isalpha():
        return "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"
