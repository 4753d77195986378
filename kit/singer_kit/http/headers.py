"""What HTTP headers say of time and limits; one reading of them for taps and target."""

from __future__ import annotations

import copy
import math
import time
import typing as t
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

# An epoch in the last 30 years is larger than any sensible duration in seconds.
SMALLEST_EPOCH = 1_000_000_000
# Seconds. Whoever is told to wait for years has been told nonsense, and a shared budget keeps it.
LONGEST_WAIT = 86_400.0


def epoch(date: str | None) -> float | None:
    """Return an HTTP date as epoch seconds; None if there is none, or it is not a date."""
    if not date:
        return None
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``, from 0 to a day; None if it says nothing sensible.

    A date is held against the ``Date`` of the same response: the server's clock need not be ours.
    """
    value = headers.get("Retry-After")
    if value is None:
        return None
    seconds = number(value)
    if seconds is None:
        until = epoch(value)
        if until is None:
            return None
        present = epoch(headers.get("Date"))
        seconds = until - (time.time() if present is None else present)
    return min(max(0.0, seconds), LONGEST_WAIT)


@dataclass(frozen=True)
class RateLimit:
    """What ``X-RateLimit-*`` headers say.

    Attributes:
        limit: Requests per window; None if it is not said.
        remaining: Requests left in the window.
        reset_in: Seconds until the window is over, as the server counts; None if it is not said.
    """

    limit: float | None
    remaining: float
    reset_in: float | None


def rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Return what the server says it has counted, or None if it does not say.

    ``X-RateLimit-Reset`` may be epoch seconds, which are held against ``Date``, or a duration.
    """
    remaining = number(headers.get("X-RateLimit-Remaining"))
    if remaining is None:
        return None
    reset = number(headers.get("X-RateLimit-Reset"))
    if reset is not None and reset >= SMALLEST_EPOCH:
        present = epoch(headers.get("Date"))
        reset -= time.time() if present is None else present
    return RateLimit(number(headers.get("X-RateLimit-Limit")), remaining, reset)


def number(text: str | None) -> float | None:
    """Return the finite number that a text is, or None."""
    try:
        found = math.nan if text is None else float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def with_header(
    request: requests.PreparedRequest, name: str, value: str
) -> requests.PreparedRequest:
    """Return a request with one more header; the rest of it, its cookies too, is shared.

    A copy of all, as requests makes it, costs three times as much.
    """
    found = copy.copy(request)
    found.headers = request.headers.copy()
    found.headers[name] = value
    return found
