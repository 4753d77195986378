"""What to do with a lead, given what the journal knows about it. Nothing is read or written."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from target_miimosa_leads.leads.journaled import JournaledLead


class Action(enum.Enum):
    """What happens to a record."""

    SEND = "create"
    SKIP = "skip"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True)
class Decision:
    """What to do and, unless it is to send, why.

    Attributes:
        keep: The journal's row keeps its status: it is about other content of the same lead.
    """

    action: Action
    reason: str = ""
    keep: bool = False


@dataclass(frozen=True)
class Policy:
    """The two settings that decide about leads already known.

    Attributes:
        on_changed: ``reject`` or ``send`` a delivered lead whose content has changed.
        on_unknown: ``hold`` or ``retry`` a lead of which nobody knows whether it arrived.
    """

    on_changed: str
    on_unknown: str

    def decide(self, known: JournaledLead | None, digest: str, errors: list[str]) -> Decision:
        """Decide about one record.

        Args:
            known: What the journal knows about the lead; None for a new one.
            digest: Hash of the record's content.
            errors: What is wrong with the record.
        """
        if known is None:
            return _send_or_reject(errors)
        if known.status == "unknown" and self.on_unknown == "hold":
            return _hold(is_newer=digest != known.payload_digest)
        if digest == known.delivered_digest:
            return Decision(Action.SKIP, "delivered before")
        # To retry is to take a lead in doubt for one that has not arrived.
        may_send = self.on_changed == "send" or known.status == "unknown"
        if known.delivered_digest is not None and (errors or not may_send):
            changed = "its content changed after it was sent, and on_changed is reject"
            return Decision(Action.REJECT, "; ".join(errors) or changed, keep=True)
        # The API has refused exactly this before; a lead refused by our own check alone has never
        # been sent, and the check may have changed with the configuration.
        if known.status == "rejected" and known.attempts and known.payload_digest == digest:
            return Decision(Action.REJECT, known.reason or "rejected before", keep=True)
        return _send_or_reject(errors)


def _hold(*, is_newer: bool) -> Decision:
    if not is_newer:
        return Decision(Action.HOLD, "nobody knows whether it arrived", keep=True)
    return Decision(
        Action.HOLD,
        "nobody knows whether it arrived, and its newer content waits in the journal",
        keep=True,
    )


def _send_or_reject(errors: list[str]) -> Decision:
    if errors:
        return Decision(Action.REJECT, "; ".join(errors))
    return Decision(Action.SEND)
