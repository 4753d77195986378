"""Runs a command on a terminal, and looks at what a person sees there."""

from __future__ import annotations

import os
import pty
import subprocess
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    import threading


@dataclass(frozen=True)
class Shown:
    """What a program wrote.

    Attributes:
        out: Standard output; empty if it was the terminal, too.
        screen: What came to the terminal.
        code: Exit code.
    """

    out: bytes
    screen: str
    code: int

    @property
    def lines(self) -> list[str]:
        """The lines that a person sees in the end; what is written over others hides them."""
        return [_look(line) for line in self.screen.split("\n")]


def _look(line: str) -> str:
    """Return what is left of a line when each part after a carriage return covers the others."""
    seen = ""
    for part in line.split("\r"):
        seen = part + seen[len(part) :]
    return seen.rstrip()


def run_on_terminal(
    command: list[str],
    *,
    both: bool = False,
    wait_for: tuple[bytes, threading.Event] | None = None,
    stdin: t.IO[bytes] | int = subprocess.DEVNULL,
) -> Shown:
    """Run a command with standard error, or both outputs, on a terminal.

    Args:
        command: The command.
        both: Standard output is the terminal, too.
        wait_for: What sets an event once it is on the terminal.
        stdin: Standard input.
    """
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=terminal if both else subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    shown = b""
    while part := _read(screen):
        shown += part
        if wait_for and wait_for[0] in shown:
            wait_for[1].set()
    out, _ = process.communicate(timeout=60)
    os.close(screen)
    return Shown(out or b"", shown.decode(), process.returncode)


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:
        # How Linux says that nobody has the terminal open any more.
        return b""
