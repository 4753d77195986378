"""Delivers leads in several threads, never two with the same key at a time."""

from __future__ import annotations

import queue
import threading
import time
import typing as t

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads._kit.http.deadline import Watchdog
from target_miimosa_leads.delivery.client import Client
from target_miimosa_leads.delivery.lead_delivery import LeadDelivery
from target_miimosa_leads.delivery.pacing import Pacing

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from target_miimosa_leads.delivery.recorder import Recorder, Task
    from target_miimosa_leads.settings import Settings

# Leads that wait for a free thread; more would only use memory.
_QUEUED_PER_THREAD = 8
_POLL_SECONDS = 0.1


class Dispatcher:
    """The threads that send.

    Args:
        settings: How many, and how patient.
        recorder: Records every step of a delivery.

    Attributes:
        error: What stopped the run first; None if nothing did.
    """

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        """Begin without threads; they start with the first leads."""
        self._settings = settings
        self._logger = recorder.logger
        self._pacing = Pacing(settings.connection_retry_seconds, settings.max_wait)
        self._watchdog = Watchdog()
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._open: dict[str, Task] = {}
        self._threads: list[threading.Thread] = []
        # For every four leads in flight one thread more: its lead is journaled already and is sent
        # as soon as a slot is free, so that no slot waits for the disk. Below four there is none;
        # one lead in flight keeps the order.
        self._slots = threading.Semaphore(settings.concurrency)
        self._most_threads = settings.concurrency + settings.concurrency // 4
        self._delivery = LeadDelivery(
            settings,
            recorder,
            pacing=self._pacing,
            slots=self._slots,
            stop=self.stop,
            close=self._close,
        )
        self.error: KitError | None = None

    @property
    def stopping(self) -> bool:
        """Whether nothing more is sent."""
        return self._pacing.stopping.is_set()

    def stop(self, error: KitError | None = None) -> None:
        """Send nothing more; requests in flight are finished.

        Args:
            error: The reason, if it is an error; the first one is kept.
        """
        with self._changed:
            if self.error is None:
                self.error = error
            self._changed.notify_all()
        self._pacing.stopping.set()
        # Threads that wait for a slot, with a lead journaled as sent, wake up, see that nothing
        # more is sent, and record that while there is time. Only after the line above, or one more
        # request would be in flight.
        self._slots.release(self._most_threads)

    def wait_until_free(self, identity: str, interrupted: Callable[[], bool]) -> bool:
        """Wait until there is room, and no lead with this identity is being delivered.

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
        """Deliver a lead as soon as a thread is free."""
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
        """Wait until every lead has an outcome, or is left as planned.

        Args:
            seconds: The longest wait; None for as long as it takes.
            interrupted: Polled while waiting; true ends the wait.

        Returns:
            Whether no lead is being delivered any more.
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
                self._delivery.deliver(task, client)
            except KitError as error:
                self.stop(error)
                self._delivery.abandon(task)
            except Exception as error:
                self._logger.debug("Lead %d", task.lead_id, exc_info=True)
                self.stop(KitError(f"A lead could not be handled: {type(error).__name__}."))
                self._delivery.abandon(task)

    def _close(self, task: Task) -> None:
        with self._changed:
            self._open.pop(task.identity, None)
            self._changed.notify_all()
