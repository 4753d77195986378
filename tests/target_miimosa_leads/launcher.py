"""Starts targets as real processes without the time that importing takes.

A process that has imported the target forks a child for each run; ours is to kill the child.
"""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAM = """
import os, sys
import psycopg, sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
from target_miimosa_leads.singer.target import TargetMiimosaLeads
for line in sys.stdin:
    config, source, out, err = line.split()
    child = os.fork()
    if child == 0:
        for path, number in ((out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        TargetMiimosaLeads.cli.main(["--config", config, "--input", source])
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Launcher:
    """Runs the target again and again.

    Args:
        folder: Gets ``out`` and ``err`` of all runs.
    """

    def __init__(self, folder: Path) -> None:
        self.out, self.err = folder / "out", folder / "err"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
        )

    def start(self, config: Path, source: Path) -> int:
        """Start a run and return its process id."""
        assert self._process.stdin
        self._process.stdin.write(f"{config} {source} {self.out} {self.err}\n")
        self._process.stdin.flush()
        return int(self._answer())

    def wait(self) -> int:
        """Wait for the end of the run and return its exit code, -9 after a SIGKILL."""
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate()


def kill(process: int) -> bool:
    """Kill a run; False if it has ended by itself."""
    try:
        os.kill(process, 9)
    except ProcessLookupError:
        return False
    return True


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def launching(folder: Path) -> Iterator[Launcher]:
    launcher = Launcher(folder)
    try:
        yield launcher
    finally:
        launcher.close()
