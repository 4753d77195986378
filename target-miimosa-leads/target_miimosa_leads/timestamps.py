"""Timestamps as the journal and the dead letter have them: they sort as text."""

from __future__ import annotations

from datetime import datetime, timezone


def format_timestamp(moment: datetime) -> str:
    """Return an instant in UTC as ISO 8601 with milliseconds: ``2026-01-31T12:00:00.000Z``."""
    utc = moment.astimezone(timezone.utc)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_now() -> str:
    """Return the current time as :func:`format_timestamp` has it."""
    return format_timestamp(datetime.now(timezone.utc))
