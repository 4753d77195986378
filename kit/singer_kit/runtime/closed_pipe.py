"""Standard output whose reader has gone away."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def discard_stdout() -> None:
    """Send whatever is still written to the null device, so that nothing fails on the closed pipe.

    Python writes out its buffer when the process ends, and would print a traceback of its own.
    """
    # Something without a file descriptor in place of standard output needs none of this.
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
