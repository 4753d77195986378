"""One run of the target: records in, leads out, STATE behind them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from target_miimosa_leads import envelope
from target_miimosa_leads._kit.errors import KitError, Terminated
from target_miimosa_leads.dead_letter import DeadLetter, Origin
from target_miimosa_leads.dispatcher import Dispatcher, Task
from target_miimosa_leads.journal import open_for_run
from target_miimosa_leads.policy import Action, Decision
from target_miimosa_leads.state import StateTracker
from target_miimosa_leads.summary import Summary

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from concurrent.futures import Future

    from target_miimosa_leads._kit.runtime.termination import Termination
    from target_miimosa_leads.fingerprint import Fingerprints
    from target_miimosa_leads.journal import Row
    from target_miimosa_leads.settings import Settings


@dataclass(frozen=True)
class Candidate:
    """A record on its way to become a lead.

    Attributes:
        stream: Stream name after the stream maps.
        scope: The stream, if the key is unique within it only.
        key: Key fields with their values as text; empty if the record has no usable key.
        body: The lead fields.
        errors: What is wrong with the record.
        origin: The record before the stream maps.
    """

    stream: str
    scope: str | None
    key: Mapping[str, str]
    body: dict[str, t.Any]
    errors: list[str]
    origin: Origin


def identity_of(candidate: Candidate, fingerprints: Fingerprints) -> str:
    """Return the hash under which the journal knows a lead.

    Without a key the whole record stands for itself, so that it is rejected once, not every time
    anew.
    """
    if candidate.key:
        return fingerprints.identity(candidate.scope, candidate.key)
    record = {
        name: value
        for name, value in candidate.origin.record.items()
        if not name.startswith("_sdc_")
    }
    return fingerprints.content({"stream": candidate.stream, "record": record})


class Run:
    """Everything that is open while leads are sent.

    Args:
        settings: The configuration.
        termination: Tells of SIGTERM.
        logger: Is told of leads by their journal id.
        begins_with_state: The input begins with STATE.
        create: Begin a new journal if there never was one.

    Raises:
        JournalError: If the journal must not be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        termination: Termination,
        logger: logging.Logger,
        begins_with_state: bool = False,
        create: bool = True,
    ) -> None:
        """Open the journal and what goes with it."""
        self._settings = settings
        self._termination = termination
        self._logger = logger
        self._interrupted = termination.requested.is_set
        self.journal = open_for_run(
            settings.journal_url,
            allow_new=settings.allow_new_journal,
            begins_with_state=begins_with_state,
            create=create,
        )
        try:
            self._dead_letter = DeadLetter(settings.dead_letter_path, self.journal.id)
        except BaseException:
            self.journal.close()
            raise
        self._tracker = StateTracker()
        self.summary = Summary()
        self._dispatcher = Dispatcher(
            settings,
            journal=self.journal,
            dead_letter=self._dead_letter,
            tracker=self._tracker,
            summary=self.summary,
            logger=logger,
        )
        if settings.policy.on_unknown == "retry":
            self.resend("unknown")

    @property
    def stopping(self) -> bool:
        """Whether nothing more is sent, so that reading on is useless."""
        return self._dispatcher.stopping or self._tracker.broken

    def offer(self, candidate: Candidate) -> None:
        """Decide about a record, and send it if it is a new lead."""
        identity = identity_of(candidate, self.journal.fingerprints)
        if not self._dispatcher.wait_until_free(identity, self._interrupted):
            return
        ticket = self._tracker.take()
        self.summary.add("records")
        digest = self.journal.fingerprints.content(candidate.body)
        row = self.journal.find(identity)
        decision = self._settings.policy.decide(row, digest, candidate.errors)
        if decision.action is Action.SEND:
            self._send(candidate, identity, digest, row, ticket)
        elif decision.action is Action.REJECT:
            self._reject(candidate, identity, digest, row, ticket, decision)
        else:
            if decision.action is Action.HOLD and row is not None:
                self._logger.warning("Lead %d is held: %s", row.id, decision.reason)
            self.summary.add("skipped" if decision.action is Action.SKIP else "unknown")
            self._tracker.done(ticket)

    def state(self, value: t.Any) -> None:  # noqa: ANN401
        """Pass a STATE on once every record before it has a durable outcome."""
        self._tracker.state(value)

    def resend(self, *statuses: str) -> int:
        """Send leads from the journal itself; return how many."""
        number = 0
        for row in list(self.journal.rows(*statuses)):
            if row.envelope is None:
                continue
            if not self._dispatcher.wait_until_free(row.identity, self._interrupted):
                break
            body, origin = envelope.unseal(row.envelope)
            number += 1
            self.summary.add("records")
            self._dispatcher.submit(
                Task(
                    lead_id=row.id,
                    ticket=self._tracker.take(),
                    identity=row.identity,
                    digest=row.payload_digest,
                    body=body,
                    attempts=row.attempts,
                    origin=origin,
                )
            )
        return number

    def _write(
        self,
        candidate: Candidate,
        identity: str,
        digest: str,
        row: Row | None,
        **values: t.Any,  # noqa: ANN401
    ) -> tuple[int, Future[None]]:
        values["payload_digest"] = digest
        values["envelope"] = envelope.seal(candidate.body, candidate.origin)
        if row is None:
            return self.journal.add(stream=candidate.stream, identity=identity, **values)
        return row.id, self.journal.change(row.id, **values)

    def _send(
        self, candidate: Candidate, identity: str, digest: str, row: Row | None, ticket: int
    ) -> None:
        # Not waited for: it is committed before the thread's own "sent", which is waited for.
        lead_id, _ = self._write(candidate, identity, digest, row, status="planned", reason=None)
        self._dispatcher.submit(
            Task(
                lead_id=lead_id,
                ticket=ticket,
                identity=identity,
                digest=digest,
                body=candidate.body,
                attempts=row.attempts if row else 0,
                origin=candidate.origin,
            )
        )

    def _reject(
        self,
        candidate: Candidate,
        identity: str,
        digest: str,
        row: Row | None,
        ticket: int,
        decision: Decision,
    ) -> None:
        reason = decision.reason
        if decision.keep and row is not None:
            lead_id = row.id
            note = reason if row.status == "rejected" else f"newer content was rejected: {reason}"
            written = self.journal.change(lead_id, reason=note)
        else:
            lead_id, written = self._write(
                candidate, identity, digest, row, status="rejected", reason=reason
            )
        self._logger.warning("Lead %d was rejected: %s", lead_id, reason)
        self._dead_letter.add(lead_id, candidate.origin, reason)
        written.result()
        self.summary.add("rejected")
        self._tracker.done(ticket)

    def finish(self, *, cleanly: bool = True) -> None:
        """End the run: wait for what is under way, emit the last STATE, tell what is to do.

        Args:
            cleanly: False if the input was unusable from some point on: that is told elsewhere.

        Raises:
            Terminated: After SIGTERM.
            KitError: If there is something for a person to do.
        """
        if not self.stopping:
            self._dispatcher.drain(interrupted=self._interrupted)
        if self._interrupted():
            self._dispatcher.stop()
        grace = self._settings.termination_grace if self._interrupted() else None
        finished = self._dispatcher.drain(seconds=grace, interrupted=_never)
        self._tracker.flush()
        counts, failure = self._close()
        self._logger.info("Run summary: %s", self.summary.as_json(state=self._tracker.emitted))
        if not finished:
            self._logger.warning("The grace time was too short for the leads in flight.")
        if self._interrupted():
            if failure is not None:
                self._logger.error("%s", failure)
            self._logger.error("Stopped by a signal; the next run goes on from here.")
            raise Terminated
        # What went wrong first; the other is often only its consequence.
        if (error := self._dispatcher.error or failure) is not None:
            raise error
        if self._tracker.broken:
            raise KitError("Standard output was closed: STATE is lost. Run the pipeline again.")
        if not cleanly:
            return
        if (verdict := self.summary.verdict(self._settings, counts)) is not None:
            raise verdict
        self._logger.info("Every lead is delivered; nothing is left to do.")

    def _close(self) -> tuple[dict[str, int], KitError | None]:
        """Close dead letter and journal; return the journal's counts, and what went wrong."""
        try:
            self._dead_letter.close()
            return self.journal.counts(), None
        except KitError as error:
            return {}, error
        finally:
            self.journal.close()


def _never() -> bool:
    return False
