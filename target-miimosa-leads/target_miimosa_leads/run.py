"""One run of the target: records are read, leads are sent, STATE is emitted after them."""

from __future__ import annotations

import typing as t

from target_miimosa_leads._kit.errors import KitError, Terminated
from target_miimosa_leads._kit.runtime.summary_table import tell
from target_miimosa_leads.delivery.dispatcher import Dispatcher
from target_miimosa_leads.delivery.recorder import Recorder, Task
from target_miimosa_leads.journal import envelope
from target_miimosa_leads.journal.changes import change_held, change_rejected, change_skipped
from target_miimosa_leads.journal.opening import open_for_run
from target_miimosa_leads.journal.recognition import find_known, recognize
from target_miimosa_leads.leads.offer import Offer
from target_miimosa_leads.leads.policy import Action, Decision
from target_miimosa_leads.outputs.dead_letter import DeadLetter
from target_miimosa_leads.outputs.entries import find_entry
from target_miimosa_leads.outputs.lead_log import LeadLog
from target_miimosa_leads.outputs.state import StateTracker
from target_miimosa_leads.outputs.summary import Summary, Waiting, format_counts
from target_miimosa_leads.resolution import settle, write

if t.TYPE_CHECKING:
    import logging
    from concurrent.futures import Future

    from target_miimosa_leads._kit.runtime.termination import Termination
    from target_miimosa_leads.leads.journaled import JournaledLead
    from target_miimosa_leads.leads.offer import Candidate
    from target_miimosa_leads.settings import Settings

# Of a lead in doubt that is sent again, and is in doubt as before if that does not arrive.
_DOUBTFUL_COLUMNS = ("status", "reason", "payload_digest", "envelope", "run_id", "sent_at")
_RETRIED = "taken for not delivered: on_unknown is retry"


class Run:
    """Decides about records, and owns the journal, the outputs and the threads of a run.

    Args:
        settings: The configuration.
        termination: Tells of SIGTERM.
        logger: Leads are logged by their journal id, never by their content.
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
        """Open the journal and the dead letter; resend what is unknown, if on_unknown is retry."""
        self._settings = settings
        self._logger = logger
        self._interrupted = termination.is_requested
        self._journal = open_for_run(
            settings.journal_url,
            schema=settings.journal_schema,
            allow_new=settings.allow_new_journal,
            begins_with_state=begins_with_state,
            create=create,
        )
        try:
            self._dead_letter = DeadLetter(settings.dead_letter_path, self._journal.id)
        except BaseException:
            self._journal.close()
            raise
        self._tracker = StateTracker()
        self._summary = Summary()
        self._lead_log = LeadLog(logger)
        self._recorder = Recorder(
            self._journal, self._dead_letter, self._tracker, self._summary, self._lead_log, logger
        )
        self._dispatcher = Dispatcher(settings, self._recorder)
        if settings.policy.on_unknown == "retry":
            self.resend("unknown")

    @property
    def stopping(self) -> bool:
        """Whether nothing more is sent, so that reading on is pointless."""
        return self._dispatcher.stopping or self._tracker.broken

    def offer(self, candidate: Candidate) -> None:
        """Decide about a record, and send it if it is a new lead."""
        identity = recognize(self._journal, candidate)
        if not self._dispatcher.wait_until_free(identity, self._interrupted):
            return
        self._summary.add("records")
        digest = self._journal.fingerprints.hash_content(candidate.body)
        offer = Offer(
            ticket=self._tracker.take_ticket(),
            candidate=candidate,
            identity=identity,
            digest=digest,
            known=find_known(self._journal, candidate, identity, digest),
        )
        decision = self._settings.policy.decide(offer.known, offer.digest, candidate.errors)
        if decision.action is Action.SEND:
            self._send(offer)
        elif decision.action is Action.REJECT:
            self._reject(offer, decision)
        else:
            self._pass_over(offer, decision)

    def add_state(self, value: t.Any) -> None:  # noqa: ANN401
        """Emit a STATE once every record before it has a durable outcome."""
        self._tracker.add_state(value)

    def resend(self, status: str) -> None:
        """Send the leads of the journal that have this status, each with its newest content."""
        for known in list(self._journal.read_rows(status)):
            if not self._dispatcher.wait_until_free(known.identity, self._interrupted):
                break
            # It may have been in flight until now, and have its outcome.
            row = self._journal.get(known.id)
            if row is None or row.status != status or row.envelope is None:
                continue
            self._summary.add("records")
            if (newest := self._take_newest(row)) is not None:
                self._dispatcher.submit(self._renew(row, newest))

    def _renew(self, row: JournaledLead, newest: JournaledLead) -> Task:
        """Return a task that sends what is newest of a row; until then, the row stays as it is."""
        body, origin = envelope.unseal(newest.envelope or "")
        columns = _DOUBTFUL_COLUMNS if row.status == "unknown" else ("status",)
        return Task(
            lead_id=row.id,
            ticket=self._tracker.take_ticket(),
            identity=row.identity,
            digest=newest.payload_digest,
            body=body,
            attempts=row.attempts,
            origin=origin,
            waiting={name: getattr(row, name) for name in columns},
            sending={"payload_digest": newest.payload_digest, "envelope": newest.envelope},
        )

    def _take_newest(self, row: JournaledLead) -> JournaledLead | None:
        """Return a row with newer content in place of what was sent; None if nothing is to send."""
        if row.envelope is None or envelope.unseal_newer(row.envelope) is None:
            return row
        settled = settle(row, self._settings.policy, delivered=False, reason=_RETRIED)
        if settled.row.status == "planned":
            return settled.row
        if settled.rejected is not None:
            origin, reason = settled.rejected
            self._lead_log.warn("rejected", row.id, reason)
            self._dead_letter.add(row.id, origin, reason)
        write(self._journal, settled.row)
        self._summary.add("rejected" if settled.rejected is not None else "skipped")
        return None

    def _write(self, offer: Offer, status: str, reason: str | None) -> tuple[int, Future[None]]:
        """Write an offer to the journal; return its id there, and when it is durable."""
        candidate = offer.candidate
        values = {
            "status": status,
            "reason": reason,
            "payload_digest": offer.digest,
            "envelope": envelope.seal(candidate.body, candidate.origin),
            "kept": offer.kept,
        }
        if offer.known is not None:
            return offer.known.id, self._journal.change(offer.known.id, **values)
        return self._journal.add(stream=candidate.stream, identity=offer.identity, **values)

    def _send(self, offer: Offer) -> None:
        # Not waited for: it is committed before the thread's own "sent", which is waited for.
        lead_id, _ = self._write(offer, "planned", None)
        self._dispatcher.submit(
            Task(
                lead_id=lead_id,
                ticket=offer.ticket,
                identity=offer.identity,
                digest=offer.digest,
                body=offer.candidate.body,
                attempts=offer.known.attempts if offer.known else 0,
                origin=offer.candidate.origin,
            )
        )

    def _reject(self, offer: Offer, decision: Decision) -> None:
        known, reason = offer.known, decision.reason
        if decision.keep and known is not None:
            lead_id = known.id
            again = find_entry(offer.candidate.origin.record) is not None
            changes = change_rejected(offer, known, reason, again=again)
            written = self._journal.change(lead_id, **changes)
        else:
            lead_id, written = self._write(offer, "rejected", reason)
        self._lead_log.warn("rejected", lead_id, reason)
        self._dead_letter.add(lead_id, offer.candidate.origin, reason)
        self._recorder.replace_entry(lead_id, offer.candidate.origin)
        written.result()
        self._summary.add("rejected")
        self._tracker.complete(offer.ticket)

    def _pass_over(self, offer: Offer, decision: Decision) -> None:
        if (known := offer.known) is not None:
            if decision.action is Action.HOLD:
                self._lead_log.warn("held", known.id, decision.reason)
                changes = change_held(offer, known)
            else:
                changes = change_skipped(offer, known)
            taken_back = "status" in changes
            if changes:
                change = self._journal.change if taken_back else self._journal.keep
                # Waited for: once STATE has passed the record it may never come again.
                change(known.id, **changes).result()
            if decision.action is Action.SKIP:
                origin = offer.candidate.origin
                self._recorder.record_skipped(known.id, origin, taken_back=taken_back)
        self._summary.add("skipped" if decision.action is Action.SKIP else "unknown")
        self._tracker.complete(offer.ticket)

    def summarize(self) -> dict[str, t.Any]:
        """Return what the run did so far."""
        return self._summary.as_dict() | {
            "state": self._tracker.emitted,
            "run_id": self._journal.run_id,
        }

    def finish(self, *, cleanly: bool = True) -> None:
        """End the run: wait for the leads in flight, emit the last STATE, report what is to do.

        Args:
            cleanly: False if the input became unusable, which the reader reports.

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
        self._lead_log.warn_of_others()
        waiting, failure = self._close()
        tell(self.summarize(), format_counts, self._logger)
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
        if cleanly:
            self._report(waiting)

    def _report(self, waiting: Waiting) -> None:
        if (todo := self._summary.find_failure(self._settings, waiting)) is not None:
            raise todo
        if still := waiting.describe(self._settings):
            self._logger.warning("This run is done, but there still wait: %s.", still)
        else:
            self._logger.info("Every lead is delivered; nothing is left to do.")

    def _close(self) -> tuple[Waiting, KitError | None]:
        """Close dead letter and journal; return what waits, and what went wrong."""
        try:
            self._dead_letter.close()
            counts = self._journal.count_by_status()
            # The file also has newer content of delivered leads, and may have been moved away.
            rejected = max(counts.get("rejected", 0), self._dead_letter.count())
            return Waiting(rejected, counts.get("unknown", 0), counts.get("planned", 0)), None
        except KitError as error:
            return Waiting(0, 0, 0), error
        finally:
            self._journal.close()


def _never() -> bool:
    return False
