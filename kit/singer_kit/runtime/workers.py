"""Threads that only fetch.

Daemon threads, unlike those of :class:`concurrent.futures.ThreadPoolExecutor`: the interpreter does
not wait for them when a run ends, so one that sleeps in a back-off cannot hold up a SIGTERM.
"""

from __future__ import annotations

import queue
import threading
import typing as t
from concurrent.futures import Future

if t.TYPE_CHECKING:
    from collections.abc import Callable

T = t.TypeVar("T")


class Workers:
    """Runs functions on at most ``concurrency`` threads, first come, first served.

    With a concurrency of 1 nothing runs ahead: the function is called when its result is asked for,
    in the caller's thread.

    Args:
        concurrency: Functions running at the same time.
    """

    def __init__(self, concurrency: int) -> None:
        """Start without threads; they come with the first function."""
        self.concurrency = concurrency
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    @property
    def run_ahead(self) -> bool:
        """Whether anything is fetched before it is needed."""
        return self.concurrency > 1

    def submit(self, function: Callable[[], T]) -> Callable[[], T]:
        """Start a function, or keep it for later, and return what gives its result."""
        if not self.run_ahead:
            return function
        future: Future[T] = Future()

        def run() -> None:
            if self._closed:
                return
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
                future.set_exception(error)

        self._queue.put(run)
        if len(self._threads) < self.concurrency:
            thread = threading.Thread(target=self._work, name="fetch", daemon=True)
            self._threads.append(thread)
            thread.start()
        return future.result

    def close(self) -> None:
        """Start nothing more of what was submitted; the threads end with what they are at."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while (run := self._queue.get()) is not None:
            run()
            # It holds its result, a whole page, until this thread is given its next request.
            del run
