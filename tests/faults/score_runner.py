"""Runs the command lines that ``score.py`` orders: one line of JSON for each, and its exit code.

A process of its own because it forks, which one with the threads of a server must not.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
import typing as t
from pathlib import Path

from simulation.processes import TAPS, fork_plugin, has_ended, wait_for
from tests.faults.plain_taps import TapPlainArray, TapPlainEnvelope

PLUGINS: dict[str, t.Any] = {
    **{tap.name: tap for tap in TAPS.values()},
    **{tap.name: tap for tap in (TapPlainArray, TapPlainEnvelope)},
}


def run(name: str, arguments: list[str], out: str, err: str, seconds: float) -> int | None:
    """Run a command line; return its exit code, or None if it did not end by then."""
    with open(os.devnull, "rb") as nothing, open(out, "wb") as output:  # noqa: PTH123
        pid = fork_plugin(PLUGINS[name], arguments, nothing.fileno(), output.fileno(), Path(err))
    end = time.monotonic() + seconds
    while not has_ended(pid):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            wait_for(pid)
            return None
        time.sleep(0.005)
    return wait_for(pid)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), flush=True)
