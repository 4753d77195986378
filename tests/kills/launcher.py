"""Starts targets as real processes without the time that importing takes.

A process that has imported the target forks a child for each run; ours is to kill the child.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

import psutil

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAM = """
import gc, json, os, signal, sys
import psycopg, sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
from target_miimosa_leads.singer.target import TargetMiimosaLeads
gc.collect()
gc.freeze()
for line in sys.stdin:
    config, source, out, err = json.loads(line)
    child = os.fork()
    if child == 0:
        # What is ignored, as under nohup, is inherited.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for path, number in ((out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        TargetMiimosaLeads.cli.main(["--config", config, "--input", source])
    print(child, flush=True)
    # Its id stays its own until we are told to let it go.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print("ended", flush=True)
    sys.stdin.readline()
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
        """Start a run and return its process id, which stays its own until it is waited for."""
        self._send(json.dumps([str(config), str(source), str(self.out), str(self.err)]))
        return int(self._answer())

    def wait(self) -> int:
        """Wait for the end of the run and return its exit code, negative after a signal."""
        assert self._answer() == "ended\n"
        self._send("")
        return int(self._answer())

    def _send(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate()


def is_running(process: int) -> bool:
    """Tell whether a run has not ended; one that has is a zombie until it is waited for."""
    return psutil.Process(process).status() != psutil.STATUS_ZOMBIE


def launching(folder: Path) -> Iterator[Launcher]:
    launcher = Launcher(folder)
    try:
        yield launcher
    finally:
        launcher.close()
