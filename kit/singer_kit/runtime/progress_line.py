"""One line at the bottom of a terminal that tells how far a run is, drawn by tqdm.

Log lines come above it. Its cursor rests at its beginning, and it is short, so that what another
program of a pipe writes to the same terminal covers it instead of being glued to it.
"""

from __future__ import annotations

import os
import sys
import threading
import typing as t
from contextlib import contextmanager

from ..redaction import clean
from .terminal import AboveLine, find_terminal, find_terminal_handlers

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

    from tqdm import tqdm

    from .terminal import Terminal

# About what a line of the log has, so that one of another program covers it.
LONGEST = 100
_SECONDS = 0.5
_WITH_TOTAL = "{desc} {percentage:.0f}%, {n:,}/{total:,}{postfix}"
_WITHOUT_TOTAL = "{desc} {n:,}{postfix}"


class Reading(t.NamedTuple):
    """How far a run is.

    Attributes:
        name: What is being read.
        done: How much of it.
        total: How much there is; None if nobody knows.
        note: What else is to be told.
    """

    name: str
    done: int
    total: int | None
    note: str


@contextmanager
def shown(read: Callable[[], Reading | None], logger: logging.Logger) -> Iterator[bool]:
    """Show the line while the body runs.

    Nothing is shown unless the log goes to a terminal; nor where standard output is one, for the
    messages there are in the way.

    Args:
        read: Returns how far the run is, None as long as it has not begun; called twice a second,
            in a thread of its own.
        logger: Whose lines come above.

    Yields:
        Whether the line is shown.
    """
    terminal = find_terminal(logger)
    if terminal is None or sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield False
        return
    line = _Line(_AtItsBeginning(terminal), read)
    handlers = find_terminal_handlers()
    above = AboveLine(terminal, line.away)
    for handler in handlers:
        handler.setStream(t.cast("t.TextIO", above))
    line.start()
    try:
        yield True
    finally:
        line.stop()
        for handler in handlers:
            handler.setStream(t.cast("t.TextIO", terminal))


class _AtItsBeginning:
    """A terminal whose cursor goes back after each write."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.encoding = sys.stderr.encoding

    def write(self, text: str) -> None:
        self._terminal.write(f"{text}\r")

    def flush(self) -> None:
        self._terminal.flush()

    @property
    def columns(self) -> int:
        """How long a line may be."""
        try:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
        except OSError:
            columns = 0
        # Some terminals do not know.
        return min(columns - 1, LONGEST) if columns > 1 else LONGEST


class _Line:
    """Draws the line now and then, in its own thread."""

    def __init__(self, file: _AtItsBeginning, read: Callable[[], Reading | None]) -> None:
        # Here and not above: it takes time, and most runs have no terminal.
        from tqdm import tqdm  # noqa: PLC0415

        # One process, and the thread below in place of tqdm's.
        tqdm.set_lock(threading.RLock())
        tqdm.monitor_interval = 0
        self._class = tqdm
        self._file = file
        self._read = read
        self._bar: tqdm[t.NoReturn] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        if self._bar is not None:
            self._bar.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Take the line away while something else is written."""
        with self._class.external_write_mode(file=self._file):
            yield

    def _work(self) -> None:
        while not self._ended.wait(_SECONDS):
            reading = self._read()
            if reading is not None:
                self._draw(reading)

    def _draw(self, reading: Reading) -> None:
        if self._bar is None:
            self._bar = self._class(
                file=self._file, leave=False, bar_format="{desc}", ncols=LONGEST
            )
        bar = self._bar
        bar.set_description_str(clean(reading.name), refresh=False)
        bar.n, bar.total, bar.ncols = reading.done, reading.total, self._file.columns
        bar.bar_format = _WITH_TOTAL if reading.total else _WITHOUT_TOTAL
        bar.set_postfix_str(clean(reading.note), refresh=False)
        bar.refresh()
