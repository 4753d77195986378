"""Runs a command that ends with its parent, even if the parent is killed.

``python -m demo.tether COMMAND …``: the parent holds our standard input; when it closes, the
command and everything it started in its process group are ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

# Taps finish the record in hand and write their state.
GRACE_SECONDS = 10


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _watch(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1024):
        pass
    _end(process)


def main() -> int:
    """Run the command and return its exit code."""
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_watch, args=[process], daemon=True).start()
    try:
        return process.wait()
    finally:
        # Also what the command left running.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
