"""What a record that is not sent changes in the row of its lead, by column."""

from __future__ import annotations

import typing as t

from target_miimosa_leads.journal import envelope
from target_miimosa_leads.leads.journaled import acknowledge

if t.TYPE_CHECKING:
    from target_miimosa_leads.leads.journaled import JournaledLead
    from target_miimosa_leads.leads.offer import Offer


def change_skipped(offer: Offer, known: JournaledLead) -> dict[str, t.Any]:
    """Return what a record changes whose content was delivered before.

    If other content of the same row of the source still waited, the source has taken that back.
    """
    changes = _change_kept(offer, known)
    if known.envelope is None or known.delivered_digest is None:
        return changes
    newer = envelope.unseal_newer(known.envelope)
    waiting = {envelope.unseal(known.envelope)[1].row, *([newer.origin.row] if newer else [])}
    if waiting == {offer.candidate.origin.row}:
        changes |= {"reason": None} | acknowledge(known.delivered_digest)
    return changes


def change_held(offer: Offer, known: JournaledLead) -> dict[str, t.Any]:
    """Return what a record changes whose lead is in doubt: its content waits, if it is newer."""
    changes = _change_kept(offer, known)
    if known.envelope is None:
        return changes
    newer = _find_newer(offer, known, envelope.unseal_newer(known.envelope))
    if (sealed := envelope.hold(known.envelope, newer)) != known.envelope:
        changes["envelope"] = sealed
    if offer.digest == known.delivered_digest:
        # The row may have it as the first version hashed it, and newer content is compared to that.
        changes["delivered_digest"] = offer.digest
    return changes


def change_rejected(
    offer: Offer, known: JournaledLead, reason: str, *, again: bool
) -> dict[str, t.Any]:
    """Return what a rejected record changes whose content is not put into the row.

    The row goes on telling of rejected content if that is the same. Otherwise content that still
    waited would be sent after newer one: what was delivered is all that it tells then.

    Args:
        offer: The record.
        known: The row.
        reason: Why it is rejected.
        again: It comes from the dead letter: what is planned may have come after it.
    """
    is_same = known.status == "rejected" and offer.digest == known.payload_digest
    if is_same or known.delivered_digest is None:
        return {"reason": reason, "kept": offer.kept}
    if again and known.status == "planned":
        return {"kept": offer.kept}
    note = f"newer content was rejected: {reason}"
    return {"reason": note, "kept": offer.kept} | acknowledge(known.delivered_digest)


def _change_kept(offer: Offer, known: JournaledLead) -> dict[str, t.Any]:
    return {"kept": offer.kept} if offer.kept != known.kept else {}


def _find_newer(
    offer: Offer, known: JournaledLead, before: envelope.Newer | None
) -> envelope.Newer | None:
    """Return what is newer than the content of a lead in doubt; only the newest counts."""
    candidate = offer.candidate
    if offer.digest != known.payload_digest:
        return envelope.Newer(offer.digest, candidate.body, candidate.origin, candidate.errors)
    # The source has taken its change back, unless the change is of another row.
    is_same = before is not None and before.origin.row == candidate.origin.row
    return None if is_same else before
