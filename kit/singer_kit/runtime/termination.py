"""Signals that end a run: finish the record in hand, then leave with resumable state and code 143.

SIGTERM and SIGINT; SIGHUP, which comes when a terminal or a connection closes, unless it is ignored
as under nohup; and SIGQUIT, whose dump of the memory would hold personal data.

A signal must not cut a message in two, and must not wait for a response or a back-off either. So
the handler only raises where the main thread says that it is waiting; everywhere else the run ends
at its next wait or record.
"""

from __future__ import annotations

import signal
import threading
import typing as t
from contextlib import contextmanager

from ..errors import Terminated

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


_ALWAYS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Termination:
    """Tells every thread of a run that it should end."""

    def __init__(self) -> None:
        """Start without a signal."""
        # No threading.Event: set by a second signal while the first sets it, it waits for itself.
        self._requested = False
        self._waiting = False

    def is_requested(self) -> bool:
        """Whether a signal has arrived."""
        return self._requested

    def install(self) -> None:
        """Handle the signals from now on. Only in the main thread; elsewhere a no-op."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _ALWAYS:
            signal.signal(number, self._handle)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._handle)

    def _handle(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._requested = True
        if self._waiting:
            raise Terminated

    def check(self) -> None:
        """Raise if a signal has arrived.

        Raises:
            Terminated: If so.
        """
        if self._requested:
            raise Terminated

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark a part of the main thread in which a signal may interrupt at once.

        Raises:
            Terminated: If a signal has arrived before or arrives inside.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._waiting = True
        try:
            self.check()
            yield
        finally:
            self._waiting = False
        self.check()
