"""Whether a person reads along: standard error is a terminal, and the log goes there as text."""

from __future__ import annotations

import logging
import sys
import typing as t

from singer_sdk.logging import StructuredFormatter

from ..redaction import find_handlers

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Terminal(t.Protocol):
    """What text for a terminal is written to."""

    def write(self, text: str, /) -> t.Any:  # noqa: ANN401
        """Write text."""

    def flush(self) -> None:
        """Let it appear."""


class AboveLine:
    """A terminal whose text comes above a line that stays at the bottom.

    Args:
        terminal: The terminal.
        line_away: Takes the line away while something else is written.
    """

    def __init__(
        self, terminal: Terminal, line_away: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Write nothing yet."""
        self._terminal = terminal
        self._line_away = line_away

    def write(self, text: str) -> None:
        """Write text, whole lines at a time."""
        with self._line_away():
            self._terminal.write(text)

    def flush(self) -> None:
        """Let it appear."""
        self._terminal.flush()


def find_terminal(logger: logging.Logger) -> Terminal | None:
    """Return the terminal to which information is logged; None if there is none."""
    if not logger.isEnabledFor(logging.INFO):
        return None
    return next((handler.stream for handler in find_terminal_handlers()), None)


def find_terminal_handlers() -> list[logging.StreamHandler[t.TextIO]]:
    """Return the log handlers that write text to a terminal on standard error."""
    if sys.stderr is None or not sys.stderr.isatty():
        return []
    return [
        handler
        for handler in find_handlers()
        if isinstance(handler, logging.StreamHandler)
        and (handler.stream is sys.stderr or isinstance(handler.stream, AboveLine))
        and not isinstance(handler.formatter, StructuredFormatter)
    ]
