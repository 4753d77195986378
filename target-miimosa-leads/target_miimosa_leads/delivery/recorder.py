"""Records what becomes of a lead: in the journal, the dead letter, the summary and STATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from target_miimosa_leads.leads.journaled import acknowledge
from target_miimosa_leads.outputs.summary import SETTLED
from target_miimosa_leads.timestamps import format_now

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from concurrent.futures import Future

    from target_miimosa_leads.journal.store import Journal
    from target_miimosa_leads.leads.offer import Origin
    from target_miimosa_leads.outputs.dead_letter import DeadLetter
    from target_miimosa_leads.outputs.lead_log import LeadLog
    from target_miimosa_leads.outputs.state import StateTracker
    from target_miimosa_leads.outputs.summary import Summary


def _plan() -> dict[str, t.Any]:
    return {"status": "planned"}


@dataclass(frozen=True)
class Task:
    """A lead to send. Its row is in the journal, or on its way there.

    Attributes:
        lead_id: Id of its row.
        ticket: Position of its record in the input.
        identity: Hash that tells which lead it is.
        digest: Hash of its content.
        body: The fields to send.
        attempts: Number of POSTs so far.
        origin: The record that it comes from.
        waiting: Columns of its row while it is not sent, and when it has not arrived: a lead that
            was in doubt before goes on being so.
        sending: Columns of its row that change when it is sent.
    """

    lead_id: int
    ticket: int
    identity: str
    digest: str
    body: dict[str, str]
    attempts: int
    origin: Origin
    waiting: Mapping[str, t.Any] = field(default_factory=_plan)
    sending: Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorder:
    """The records of a run. What returns a future is durable when the future is done.

    Attributes:
        journal: Knows of every POST before it is sent.
        dead_letter: Takes what is rejected.
        tracker: Emits STATE once the outcomes before it are durable.
        summary: Counts.
        lead_log: Warns of leads that are not simply delivered.
        logger: Leads are logged by their journal id, never by their content.
    """

    journal: Journal
    dead_letter: DeadLetter
    tracker: StateTracker
    summary: Summary
    lead_log: LeadLog
    logger: logging.Logger

    def record_sending(self, task: Task, attempts: int) -> None:
        """Record durably that a lead is about to be sent."""
        self.journal.change(
            task.lead_id,
            status="sent",
            reason=None,
            attempts=attempts,
            run_id=self.journal.run_id,
            sent_at=format_now(),
            **task.sending,
        ).result()

    def record_not_sent(self, task: Task, attempts: int) -> None:
        """Record that a lead was not sent after all, after so many POSTs before."""
        changes = {"attempts": attempts, "sent_at": None, **task.waiting}
        self.journal.change(task.lead_id, **changes).result()

    def record_undelivered(self, task: Task, reason: str) -> None:
        """Record that a lead has not arrived, and can be sent again."""
        self.journal.change(task.lead_id, **{"reason": reason, **task.waiting}).result()

    def record_acknowledged(self, task: Task) -> Future[None]:
        """Record that a lead has arrived, and erase its content."""
        changed = self.journal.change(task.lead_id, reason=None, **acknowledge(task.digest))
        # After it: a dead letter that cannot be written makes no delivered lead doubtful.
        self.summary.add(SETTLED, self.dead_letter.settle(task.lead_id))
        self.replace_entry(task.lead_id, task.origin)
        return changed

    def record_rejected(self, task: Task, reason: str) -> Future[None]:
        """Record that the API has rejected a lead."""
        self.lead_log.warn("rejected", task.lead_id, reason)
        changed = self.journal.change(task.lead_id, status="rejected", reason=reason)
        self.dead_letter.add(task.lead_id, task.origin, reason)
        self.replace_entry(task.lead_id, task.origin)
        return changed

    def record_unknown(self, task: Task, reason: str) -> Future[None]:
        """Record that nobody knows whether a lead has arrived."""
        return self.journal.change(task.lead_id, status="unknown", reason=reason)

    def record_skipped(self, lead_id: int, origin: Origin, *, taken_back: bool) -> None:
        """Record that a record has come whose content was delivered before.

        Args:
            lead_id: Id of its row.
            origin: The record.
            taken_back: Nothing else of the lead waits any more.
        """
        if taken_back:
            self.summary.add(SETTLED, self.dead_letter.settle(lead_id))
        else:
            self.summary.add(SETTLED, self.dead_letter.supersede(lead_id, origin))
        self.replace_entry(lead_id, origin)

    def replace_entry(self, lead_id: int, origin: Origin) -> None:
        """Drop the dead letter's entry that a record was read from, now that it is settled again.

        Args:
            lead_id: Under which the journal has the record now. Mended, it may be another than that
                of the entry, which is then erased.
            origin: The record.
        """
        former = self.dead_letter.replace(origin.record)
        if former is not None and former != lead_id:
            self.journal.forget_rejected(former)

    def complete(self, task: Task, count: str) -> None:
        """Count a lead whose outcome is durable, so that STATE may pass it."""
        self.summary.add(count)
        self.tracker.complete(task.ticket)

    def abandon(self, task: Task) -> None:
        """Count a lead that is not delivered yet: no STATE may pass it."""
        self.summary.add("planned")
        self.tracker.abandon(task.ticket)
