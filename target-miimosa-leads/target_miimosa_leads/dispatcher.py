"""Sends leads, several at a time, one in flight for each lead key, journaled before and after."""

from __future__ import annotations

import queue
import threading
import time
import typing as t
from dataclasses import dataclass

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads.connection import Watchdog
from target_miimosa_leads.delivery import Answer, Client, Outcome
from target_miimosa_leads.exits import RefusedError, UndeliveredError
from target_miimosa_leads.pacing import Pacing

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from concurrent.futures import Future

    from target_miimosa_leads.dead_letter import DeadLetter, Origin
    from target_miimosa_leads.journal import Journal
    from target_miimosa_leads.settings import Settings
    from target_miimosa_leads.state import StateTracker
    from target_miimosa_leads.summary import Summary

# Leads that wait for a free thread; more would only use memory.
_QUEUED_PER_THREAD = 8
_POLL_SECONDS = 0.1
# With on_unknown: retry.
_UNKNOWN_TRIES = 3


@dataclass(frozen=True)
class Task:
    """A lead to send. Its row is in the journal, or on its way there."""

    lead_id: int
    ticket: int
    identity: str
    digest: str
    body: dict[str, str]
    attempts: int
    origin: Origin


class Dispatcher:
    """Threads that send.

    Args:
        settings: How many, and how patient.
        journal: Knows of every POST before it leaves.
        dead_letter: Takes what the API rejects.
        tracker: Is told when a lead's outcome is durable.
        summary: Counts.
        logger: Is told of leads by their journal id, never by their content.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        journal: Journal,
        dead_letter: DeadLetter,
        tracker: StateTracker,
        summary: Summary,
        logger: logging.Logger,
    ) -> None:
        """Start without threads; they come with the first lead."""
        self._settings = settings
        self._journal = journal
        self._dead_letter = dead_letter
        self._tracker = tracker
        self._summary = summary
        self._logger = logger
        self._pacing = Pacing(settings.connection_retry_seconds, settings.max_wait)
        self._watchdog = Watchdog()
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._open: dict[str, Task] = {}
        self._threads: list[threading.Thread] = []
        # For every four leads in flight one thread more: its lead is journaled already and leaves
        # as soon as a slot is free, so that no slot waits for the disk. Below four there is none;
        # one lead in flight keeps the order.
        self._slots = threading.Semaphore(settings.concurrency)
        self._most_threads = settings.concurrency + settings.concurrency // 4
        self._failures = 0
        self.error: KitError | None = None

    @property
    def stopping(self) -> bool:
        """Whether nothing more is sent."""
        return self._pacing.stopping.is_set()

    def stop(self, error: KitError | None = None) -> None:
        """Send nothing more; what is in flight is finished."""
        with self._changed:
            if self.error is None:
                self.error = error
            self._changed.notify_all()
        self._pacing.stopping.set()
        # Whoever waits for a slot, journaled as sent already, wakes up, sees that nothing more is
        # sent, and writes that down while there is time. Only after the line above, or it would be
        # one more in flight.
        self._slots.release(self._most_threads)

    def wait_until_free(self, identity: str, interrupted: Callable[[], bool]) -> bool:
        """Wait until there is room, and until no lead with this identity is under way.

        Returns:
            False if the run stops instead.
        """
        room = self._settings.concurrency * _QUEUED_PER_THREAD
        with self._changed:
            while len(self._open) >= room or identity in self._open:
                if self.stopping or interrupted():
                    return False
                self._changed.wait(_POLL_SECONDS)
        return not self.stopping

    def submit(self, task: Task) -> None:
        """Send a lead as soon as a thread is free."""
        with self._changed:
            self._open[task.identity] = task
        self._tasks.put(task)
        if len(self._threads) < self._most_threads:
            thread = threading.Thread(
                target=self._work, name=f"send-{len(self._threads)}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def drain(self, *, seconds: float | None = None, interrupted: Callable[[], bool]) -> bool:
        """Wait until every lead has its outcome, or is left as planned.

        Args:
            seconds: How long at most; None for as long as it takes.
            interrupted: Asked now and then; ends the waiting if true.

        Returns:
            Whether nothing is under way any more.
        """
        end = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while self._open:
                if interrupted() or (end is not None and time.monotonic() >= end):
                    return False
                self._changed.wait(_POLL_SECONDS)
        return True

    def _work(self) -> None:
        client = Client(self._settings, self._watchdog)
        while True:
            task = self._tasks.get()
            try:
                self._deliver(task, client)
            except KitError as error:
                self.stop(error)
                self._leave(task)
            except Exception as error:
                self._logger.debug("Lead %d", task.lead_id, exc_info=True)
                self.stop(KitError(f"A lead could not be handled: {type(error).__name__}."))
                self._leave(task)

    def _deliver(self, task: Task, client: Client) -> None:
        attempts = task.attempts
        unknown_tries = 0
        while self._pacing.wait():
            attempts += 1
            sent = self._journal.change(task.lead_id, status="sent", reason=None, attempts=attempts)
            sent.result()
            with self._slots:
                if not self._pacing.wait():
                    not_sent = {"status": "planned", "attempts": attempts - 1}
                    self._journal.change(task.lead_id, **not_sent).result()
                    break
                self._summary.add("requests")
                answer = client.post(task.body)
            if answer.outcome is not Outcome.UNREACHABLE:
                self._pacing.answered()
            if answer.outcome is Outcome.UNKNOWN and self._settings.policy.on_unknown == "retry":
                unknown_tries += 1
                if unknown_tries < _UNKNOWN_TRIES and not self.stopping:
                    self._journal.change(task.lead_id, status="unknown", reason=answer.reason)
                    self._pacing.hold(unknown_tries)
                    continue
            if not self._settle(task, answer):
                return
        self._leave(task)

    def _settle(self, task: Task, answer: Answer) -> bool:
        """Write down what became of a POST. True if the lead is to be sent again."""
        if answer.outcome is Outcome.ACKNOWLEDGED:
            self._acknowledged(task)
        elif answer.outcome is Outcome.REJECTED:
            self._rejected(task, answer.reason)
        elif answer.outcome is Outcome.UNKNOWN:
            self._unknown(task, answer.reason)
        else:
            self._journal.change(task.lead_id, status="planned", reason=answer.reason).result()
            return self._try_again(task, answer)
        return False

    def _acknowledged(self, task: Task) -> None:
        self._succeeded()
        self._dead_letter.settle(task.lead_id, task.origin)
        done = self._journal.change(
            task.lead_id,
            status="acknowledged",
            reason=None,
            payload_digest=task.digest,
            delivered_digest=task.digest,
            envelope=None,
        )
        self._finish(task, "created", done)

    def _rejected(self, task: Task, reason: str) -> None:
        self._succeeded()
        self._logger.warning("Lead %d was rejected: %s", task.lead_id, reason)
        done = self._journal.change(task.lead_id, status="rejected", reason=reason)
        self._dead_letter.add(task.lead_id, task.origin, reason)
        self._finish(task, "rejected", done)

    def _unknown(self, task: Task, reason: str) -> None:
        self._logger.warning("Lead %d may or may not have arrived: %s", task.lead_id, reason)
        done = self._journal.change(task.lead_id, status="unknown", reason=reason)
        self._finish(task, "unknown", done)
        self._failed(reason)

    def _try_again(self, task: Task, answer: Answer) -> bool:
        if answer.outcome is Outcome.REFUSED:
            self.stop(
                RefusedError(
                    f"The API refuses all leads ({answer.reason}): check api_key, "
                    "authorization_format, api_url and api_variant. Nothing is lost: run again."
                )
            )
        elif answer.outcome is Outcome.LIMITED:
            self._summary.add("waits")
            if self._pacing.limited(answer.retry_after):
                return True
            self.stop(
                RefusedError(
                    "The API limits the rate (HTTP 429) for longer than max_wait allows. "
                    "Nothing is lost: run again later."
                )
            )
        elif self._pacing.unreachable():
            self._summary.add("waits")
            return True
        else:
            self._failed(answer.reason)
        self._leave(task)
        return False

    def _succeeded(self) -> None:
        self._pacing.served()
        with self._changed:
            self._failures = 0

    def _failed(self, reason: str) -> None:
        with self._changed:
            self._failures += 1
            failures = self._failures
        if failures >= self._settings.max_consecutive_failures:
            self.stop(
                UndeliveredError(
                    f"{failures} leads in a row could not be delivered ({reason}). "
                    "See what is wrong with the API or the way to it, then run again."
                )
            )

    def _finish(self, task: Task, count: str, done: Future[None]) -> None:
        """Pass the lead's ticket on as soon as its outcome is durable."""

        def settle(future: Future[None]) -> None:
            try:
                future.result()
                self._summary.add(count)
                self._tracker.done(task.ticket)
            except KitError as error:
                self.stop(error)
                self._leave(task)
            except Exception as error:
                # A future swallows what its callback raises.
                self._logger.debug("Lead %d", task.lead_id, exc_info=True)
                self.stop(KitError(f"STATE could not be written: {type(error).__name__}."))
            finally:
                # Whatever happened: a lead that stays open is waited for without end.
                self._close(task)

        done.add_done_callback(settle)

    def _leave(self, task: Task) -> None:
        """The lead stays planned: no STATE may pass it."""
        self._summary.add("planned")
        self._tracker.leave(task.ticket)
        self._close(task)

    def _close(self, task: Task) -> None:
        with self._changed:
            self._open.pop(task.identity, None)
            self._changed.notify_all()
