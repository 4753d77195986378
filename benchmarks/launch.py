"""Runs a command and writes what it cost to a file: `python launch.py FILE COMMAND…`.

A process of its own, and a small one: Linux counts into the peak memory of a child what the process
that started it held at that moment, and the benchmark grows with every work.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> None:
    """Run the command; write exit code, CPU and wall time in seconds, and peak memory in MB."""
    started = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    cost = {
        "code": os.waitstatus_to_exitcode(status),
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - started,
        "peak": usage.ru_maxrss / 1024,
    }
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - stays small
        json.dump(cost, file)


main(sys.argv[1], sys.argv[2:])
