"""Runs the journal's command line as real processes that are killed at a chosen statement.

A process that has imported it forks a child for each command, which kills itself with SIGKILL
before its n-th statement or commit, or before it writes its n-th piece of output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLED = -9
_PROGRAM = """
import json, os, signal, sys
import psycopg, sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
from sqlalchemy import event
from sqlalchemy.engine import Engine
from target_miimosa_leads.journal_cli import main

class Output:
    def __init__(self, file, pass_point):
        self.file, self.pass_point = file, pass_point
    def write(self, text):
        self.pass_point()
        self.file.write(text)
        self.file.flush()
    def __getattr__(self, name):
        return getattr(self.file, name)

def run(arguments, points, answers, out):
    left = points
    def pass_point(*_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
    if points is not None:
        left = points
        event.listen(Engine, "before_cursor_execute", lambda *_: pass_point())
        event.listen(Engine, "commit", lambda _: pass_point())
    else:
        left = -1
    sys.stdin = open(answers)
    sys.stderr = open(os.devnull, "w")
    sys.stdout = Output(open(out, "w"), pass_point)
    main.main(arguments)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(*json.loads(line))
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Commands:
    """The journal's command line, with a configuration.

    Args:
        config: Its file; beside it are the answers to questions, and what the last command wrote.
        wait: Returns when a database has noticed that a killed command is gone.
    """

    def __init__(self, config: Path, wait: Callable[[], None] = lambda: None) -> None:
        self._config, self._wait = config, wait
        self._answers, self.out = config.with_name("answers"), config.with_name("command-out")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=config.parent,
        )

    def run(self, *arguments: str, points: int | None = None, answers: str = "") -> int:
        """Run a command and return its exit code.

        Args:
            arguments: Of the command line, after the configuration.
            points: How many statements and writes pass before the kill; None for no kill.
            answers: What is typed in.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._answers.write_text(answers)
        command = ["--config", str(self._config), *arguments]
        order = json.dumps([command, points, str(self._answers), str(self.out)])
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        self._wait()
        return code

    def run_with_kills(
        self, *arguments: str, answers: str = "", step: int = 1
    ) -> Iterator[tuple[int, bool]]:
        """Run a command again and again, killed a little later each time, until one is not.

        Yields:
            The number of points that passed, and whether the command was killed there.
        """
        for points in range(0, 1000, step):
            code = self.run(*arguments, points=points, answers=answers)
            yield points, code == KILLED
            if code != KILLED:
                assert code == 0
                return

    def close(self) -> None:
        self._process.communicate()
