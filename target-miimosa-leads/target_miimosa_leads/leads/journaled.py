"""What the journal knows about a lead."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# Columns of the stream that the journal is exported as; no kept field can have their names.
EXPORT_COLUMNS = (
    "key", "lead_id", "stream", "status", "reason", "attempts", "created_at", "updated_at",
    "sent_at", "run_id",
)  # fmt: skip
STATUSES = ("planned", "sent", "acknowledged", "rejected", "unknown")


@dataclass(frozen=True)
class JournaledLead:
    """One row of the journal, fields in the order of its columns; timestamps ISO 8601 in UTC.

    Attributes:
        id: Number of the lead in its journal, from 1.
        stream: Stream that it came from.
        identity: Hash that tells which lead it is.
        payload_digest: Hash of the content last offered.
        delivered_digest: Hash of the content last acknowledged; None if none was.
        status: One of :data:`STATUSES`.
        reason: Why the lead has this status, where there is something to say.
        attempts: Number of POSTs so far.
        envelope: The lead and its record as JSON, of an unknown one also the newest content that
            came since; None once it is acknowledged.
        created_at: When the lead came first.
        updated_at: When the row changed last.
        run_id: Run that sent it last; None if none did, or one of the first version.
        sent_at: When its last POST began; None if there was none, or it is not known.
        kept: The fields of ``keep_fields`` that its record has; None if it has none.
    """

    id: int
    stream: str
    identity: str
    payload_digest: str
    delivered_digest: str | None
    status: str
    reason: str | None
    attempts: int
    envelope: str | None
    created_at: str
    updated_at: str
    run_id: str | None
    sent_at: str | None
    kept: dict[str, str] | None


def acknowledge(digest: str) -> dict[str, t.Any]:
    """Return the columns of a lead whose content has arrived, and is erased.

    Args:
        digest: Hash of the content.
    """
    return {
        "status": "acknowledged",
        "payload_digest": digest,
        "delivered_digest": digest,
        "envelope": None,
    }
