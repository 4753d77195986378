"""Standard output that cannot be written: its reader has gone away, or its disk is full."""

from __future__ import annotations

import errno
import os
import sys
import typing as t
from contextlib import contextmanager, suppress

from ..errors import KitError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# What a write may fail with; anything else is no failure of a pipe, a file or a disk.
_FAILURES = {
    errno.EPIPE,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EBADF,
}


class OutputError(KitError):
    """Standard output cannot be written."""


@contextmanager
def writing_stdout() -> Iterator[None]:
    """Turn what goes wrong with standard output into one line.

    Raises:
        OutputError: If standard output is closed, or cannot be written; what is still written goes
            to the null device, so that the end of the process does not fail on it again.
    """
    if sys.stdout is None:
        raise OutputError("Standard output is closed.")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in _FAILURES or error.filename is not None:
            raise
        discard_stdout()
        if error.errno == errno.EPIPE:
            raise OutputError("The target went away: standard output is closed.") from None
        raise OutputError(f"Standard output cannot be written: {error.strerror}.") from None


def discard_stdout() -> None:
    """Send whatever is still written to the null device.

    Python writes out its buffer when the process ends, and would print a traceback of its own.
    """
    # Something without a file descriptor in place of standard output needs none of this.
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
