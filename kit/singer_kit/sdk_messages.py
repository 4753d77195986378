"""What the SDK says once per stream or per parent, told only when somebody debugs.

With 58 streams of which three are selected, the SDK logs two lines for each that is not read; with
thousands of parents, one line for each list of a child. Nobody would find anything else. At the log
level DEBUG all of it is there.
"""

from __future__ import annotations

import logging
import typing as t

from singer_sdk.logging import StructuredFormatter
from singer_sdk.metrics import Point

if t.TYPE_CHECKING:
    from collections.abc import Iterable

# As the SDK passes them to its loggers; tests/kit/test_log.py checks that it still does.
TEMPLATES = frozenset({
    "Parsing env var for settings config...",
    "Skipping parse of env var settings...",
    "Added '%s' as child stream to '%s'",
    "Skipping deselected stream '%s'.",
    "Starting incremental sync of '%s' with bookmark value: %s",
    # What is wrong is told by whoever ends the run; and --test ends each stream in this way.
    "An unhandled error occurred while syncing '%s'",
})  # fmt: skip


class DebugOnlyFilter(logging.Filter):
    """Holds back these messages of the SDK, unless their logger tells debugging messages."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is told."""
        if record.msg not in TEMPLATES:
            return True
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


class MetricFilter(logging.Filter):
    """Holds back METRIC messages, whose sums are in the run summary, unless somebody debugs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is told."""
        args = record.args
        if not isinstance(args, tuple) or not args or not isinstance(args[0], Point):
            return True
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_DEBUG_ONLY, _METRICS = DebugOnlyFilter(), MetricFilter()


def install(handlers: Iterable[logging.Handler]) -> None:
    """Put the filters on handlers. Structured logs keep the metrics: they are for programs."""
    for handler in handlers:
        handler.addFilter(_DEBUG_ONLY)
        if not isinstance(handler.formatter, StructuredFormatter):
            handler.addFilter(_METRICS)
