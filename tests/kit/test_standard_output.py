"""Standard output that cannot be written: one line, exit code 1, and never "complete"."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from tests.kit.program import Program
    from tests.kit.scripted_server import ScriptedServer

FULL = Path("/dev/full")
OPTIONS = (["--discover"], ["--about", "--format=json"], ["--version"], [])


def run(program: Program, output: int, *options: str) -> tuple[int, str]:
    """Run the tap with its standard output at a file descriptor; -1 for closed.

    How Python itself starts and ends with such a stream is part of it, so it is a real start.
    """
    _, *arguments = program.arguments(None)
    done = subprocess.run(
        [sys.executable, *arguments, *options],
        stdout=None if output < 0 else output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=(lambda: os.close(1)) if output < 0 else None,
    )
    return done.returncode, done.stderr


@pytest.fixture(autouse=True)
def _one_row(server: ScriptedServer) -> None:
    server.app = lambda _: [{"id": 1}]


@pytest.mark.skipif(not FULL.exists(), reason="A device that is always full is needed.")
@pytest.mark.parametrize("options", OPTIONS, ids=lambda given: given[0] if given else "sync")
def test_a_full_disk_is_one_line(program: Program, options: list[str]) -> None:
    with FULL.open("wb") as output:
        code, log = run(program, output.fileno(), *options)

    assert code == 1
    assert (
        log.strip()
        .splitlines()[-1]
        .endswith("Standard output cannot be written: No space left on device.")
    )
    assert "Traceback" not in log
    assert '"outcome": "complete"' not in log


@pytest.mark.parametrize("options", OPTIONS, ids=lambda given: given[0] if given else "sync")
def test_a_closed_standard_output_is_one_line(program: Program, options: list[str]) -> None:
    code, log = run(program, -1, *options)

    assert code == 1
    assert log.strip().endswith("Standard output is closed.")
    assert "Traceback" not in log
