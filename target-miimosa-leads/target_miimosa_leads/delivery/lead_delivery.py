"""Delivers one lead: sends it, again where that cannot make it arrive twice, and records it."""

from __future__ import annotations

import threading
import typing as t
from dataclasses import replace

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads.delivery.outcomes import Answer, Outcome
from target_miimosa_leads.errors import RefusedError, UndeliveredError

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from target_miimosa_leads.delivery.client import Client
    from target_miimosa_leads.delivery.pacing import Pacing
    from target_miimosa_leads.delivery.recorder import Recorder, Task
    from target_miimosa_leads.settings import Settings

# With on_unknown: retry.
_UNKNOWN_TRIES = 3


class LeadDelivery:
    """Delivers leads, in whichever thread it is called. Thread-safe.

    Args:
        settings: Limits and policies.
        recorder: Records every step, before and after.
        pacing: When a request may be sent.
        slots: Limits the requests in flight.
        stop: Called to end the run, with the reason.
        close: Called when nothing more will happen to a lead.
    """

    def __init__(
        self,
        settings: Settings,
        recorder: Recorder,
        *,
        pacing: Pacing,
        slots: threading.Semaphore,
        stop: Callable[[KitError], None],
        close: Callable[[Task], None],
    ) -> None:
        """Begin without failures."""
        self._settings = settings
        self._recorder = recorder
        self._pacing = pacing
        self._slots = slots
        self._stop = stop
        self._close = close
        self._lock = threading.Lock()
        self._failures = 0

    def deliver(self, task: Task, client: Client) -> None:
        """Send a lead until it has an outcome, or the run stops.

        Raises:
            KitError: If the lead has no outcome because of something that ends the run.
        """
        attempts, unknown_tries = task.attempts, 0
        retries = _UNKNOWN_TRIES if self._settings.policy.on_unknown == "retry" else 0
        while self._pacing.wait():
            attempts += 1
            answer = self._send(task, client, attempts)
            if answer is None:
                break
            if answer.outcome is Outcome.UNKNOWN:
                unknown_tries += 1
                if unknown_tries < retries and not self._pacing.stopping.is_set():
                    self._recorder.record_unknown(task, answer.reason)
                    # What is said of the next POST does not settle the doubt about this one.
                    task = replace(task, waiting={"status": "unknown", "reason": answer.reason})
                    self._pacing.extend_for_retry(unknown_tries)
                    continue
            if self._record(task, answer):
                return
        self.abandon(task)

    def abandon(self, task: Task) -> None:
        """Leave a lead as it waits, for the next run."""
        self._recorder.abandon(task)
        self._close(task)

    def _send(self, task: Task, client: Client, attempts: int) -> Answer | None:
        """Send a lead once; None if the run stops instead."""
        self._recorder.record_sending(task, attempts)
        with self._slots:
            if not self._pacing.wait():
                self._recorder.record_not_sent(task, attempts - 1)
                return None
            self._recorder.summary.add("requests")
            answer = client.post(task.body)
        if answer.outcome is not Outcome.UNREACHABLE:
            self._pacing.end_outage()
        return answer

    def _record(self, task: Task, answer: Answer) -> bool:
        """Record an answer; False if the lead is to be sent again."""
        if answer.outcome is Outcome.ACKNOWLEDGED:
            self._reset_failures()
            self._finish(task, "created", self._recorder.record_acknowledged(task))
        elif answer.outcome is Outcome.REJECTED:
            self._reset_failures()
            self._finish(task, "rejected", self._recorder.record_rejected(task, answer.reason))
        elif answer.outcome is Outcome.UNKNOWN:
            self._recorder.lead_log.warn("unknown", task.lead_id, answer.reason)
            self._finish(task, "unknown", self._recorder.record_unknown(task, answer.reason))
            self._count_failure(answer.reason)
        else:
            self._recorder.record_undelivered(task, answer.reason)
            return not self._may_try_again(task, answer)
        return True

    def _may_try_again(self, task: Task, answer: Answer) -> bool:
        """Wait as an answer demands; False, and the lead abandoned, if that is of no use.

        Raises:
            RefusedError: If no lead at all is accepted.
        """
        if answer.outcome is Outcome.REFUSED:
            raise RefusedError(
                f"The API refuses all leads ({answer.reason}): check api_key, "
                "authorization_format, api_url and api_variant. Nothing is lost: run again."
            )
        if answer.outcome is Outcome.LIMITED:
            self._recorder.summary.add("waits")
            if self._pacing.extend_for_limit(answer.retry_after):
                return True
            raise RefusedError(
                "The API limits the rate (HTTP 429) for longer than max_wait allows. "
                "Nothing is lost: run again later."
            )
        if self._pacing.extend_for_outage():
            self._recorder.summary.add("waits")
            return True
        self._count_failure(answer.reason)
        self.abandon(task)
        return False

    def _reset_failures(self) -> None:
        self._pacing.end_limit()
        with self._lock:
            self._failures = 0

    def _count_failure(self, reason: str) -> None:
        with self._lock:
            self._failures += 1
            failures = self._failures
        if failures >= self._settings.max_consecutive_failures:
            self._stop(
                UndeliveredError(
                    f"{failures} leads in a row could not be delivered ({reason}). "
                    "See what is wrong with the API or the way to it, then run again."
                )
            )

    def _finish(self, task: Task, count: str, recorded: Future[None]) -> None:
        """Let STATE pass a lead as soon as its outcome is durable."""

        def complete(future: Future[None]) -> None:
            try:
                future.result()
                self._recorder.complete(task, count)
            except KitError as error:
                self._stop(error)
                self.abandon(task)
            except Exception as error:
                # A future swallows what its callback raises.
                self._recorder.logger.debug("Lead %d", task.lead_id, exc_info=True)
                self._stop(KitError(f"STATE could not be written: {type(error).__name__}."))
            finally:
                # In any case: the run would wait forever for a lead that stays open.
                self._close(task)

        recorded.add_done_callback(complete)
