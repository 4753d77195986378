"""How far a run is that reads a file: a line on the terminal, where there is one."""

from __future__ import annotations

import os
import stat
import sys
import time
import typing as t

from target_miimosa_leads._kit.runtime.progress_line import Reading, shown

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from target_miimosa_leads.singer.reader import LeadReader

_TOLD = ("created", "skipped", "rejected", "unknown", "waits")


def find_size(file: t.IO[t.Any]) -> int | None:
    """Return how many bytes a file has; None for a pipe or a terminal."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def show_progress(
    file: t.IO[t.Any] | None,
    reader: LeadReader,
    summarize: Callable[[], dict[str, t.Any]],
    logger: logging.Logger,
) -> AbstractContextManager[bool]:
    """Return what shows the line while its body runs.

    Of a pipe nothing is shown: a tap at its other end has a line of its own on the same terminal.

    Args:
        file: The input; standard input if it is None.
        reader: Counts what was read of it.
        summarize: Returns the counts of the run, none before it has begun.
        logger: Whose lines come above.
    """
    size = find_size(file or sys.stdin)
    began = time.monotonic()

    def read() -> Reading | None:
        counts = summarize()
        if not size or "records" not in counts:
            return None
        done, seconds = counts["records"], time.monotonic() - began
        notes = [f"{reader.bytes_read / size:.0%} of the input", f"{done / seconds:,.1f}/s"]
        notes += [f"{counts[name]:,} {name}" for name in _TOLD if counts[name]]
        return Reading("records", done, None, ", ".join(notes))

    return shown(read, logger)
