"""Whether a person reads along: standard error is a terminal, and the log goes there as text."""

from __future__ import annotations

import logging
import sys
import typing as t

from singer_sdk.logging import StructuredFormatter

from ..redaction import find_handlers


def find_terminal(logger: logging.Logger) -> t.TextIO | None:
    """Return the terminal to which information is logged; None if there is none."""
    if not logger.isEnabledFor(logging.INFO) or not find_terminal_handlers():
        return None
    return sys.stderr


def find_terminal_handlers() -> list[logging.StreamHandler[t.TextIO]]:
    """Return the log handlers that write text to a terminal on standard error."""
    if sys.stderr is None or not sys.stderr.isatty():
        return []
    return [
        handler
        for handler in find_handlers()
        if isinstance(handler, logging.StreamHandler)
        and handler.stream is sys.stderr
        and not isinstance(handler.formatter, StructuredFormatter)
    ]
