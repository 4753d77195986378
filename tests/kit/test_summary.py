"""What a run tells at its end: JSON in the log, and in the file of ``summary_path``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.scripted_server import Call, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.program import Program


def run(program: Program, **settings: t.Any) -> subprocess.CompletedProcess[bytes]:  # noqa: ANN401
    settings = {"summary_path": str(program.folder / "summary.json"), **settings}
    return subprocess.run(
        program.arguments(None, **settings), capture_output=True, timeout=60, check=False
    )


def summary(program: Program) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((program.folder / "summary.json").read_text())
    return found


def test_the_file_says_what_the_log_says_and_how_the_run_ended(
    server: ScriptedServer, program: Program
) -> None:
    server.app = Library.of(authors=2, books=1, reviews=1)
    done = run(program)
    found = summary(program)
    told = json.loads(done.stderr.decode().partition("Run summary: ")[2].splitlines()[0])
    assert found | told == found
    assert (found["program"], found["outcome"], found["exit_code"]) == ("tap-tiny", "complete", 0)
    assert found["error"] is None
    assert found["started_at"] <= found["ended_at"]
    assert found["seconds"] >= 0
    assert found["streams"]["reviews"] == {"records": 2, "requests": 2}
    assert (program.folder / "summary.json").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in program.folder.iterdir()) == ["config.json", "summary.json"]


def test_a_refused_request_is_counted_with_its_stream(
    server: ScriptedServer, program: Program
) -> None:
    library = Library.of(authors=2, books=1, reviews=1)
    refused = Reply({}, status=429, headers={"Retry-After": "0"})
    server.app = lambda call: refused if call.path == "/loans" and call.nth == 1 else library(call)
    assert run(program).returncode == 0
    assert summary(program)["refused"] == 1
    assert summary(program)["streams"]["loans"] == {"records": 0, "requests": 2, "refused": 1}


def test_a_run_that_fails(server: ScriptedServer, program: Program) -> None:
    server.app = lambda _: Reply({}, status=401)
    assert run(program).returncode == 1
    found = summary(program)
    assert (found["outcome"], found["exit_code"], found["requests"]) == ("failed", 1, 2)
    assert "credentials" in found["error"]


def test_a_run_that_is_refused_for_its_settings(program: Program) -> None:
    assert run(program, concurrency=0).returncode == 2
    found = summary(program)
    assert (found["outcome"], found["exit_code"]) == ("failed", 2)
    assert "concurrency" in found["error"]


def test_a_run_that_its_budget_stops(server: ScriptedServer, program: Program) -> None:
    server.app = Library.of(authors=9, books=1, reviews=1)
    limits = [{"requests": 4, "seconds": 3600}]
    assert run(program, rate_limits=limits, max_wait=0, on_rate_limit="stop").returncode == 0
    found = summary(program)
    assert (found["outcome"], found["exit_code"]) == ("stopped by the request budget", 0)
    assert found["budget_left"] == {"4/3600s": 0}


def test_a_signal_and_a_kill(server: ScriptedServer, program: Program) -> None:
    path = program.folder / "summary.json"
    hang = Reply(fault="silent")
    library = Library.of(authors=2, books=1, reviews=1)

    def app(call: Call) -> object:
        return hang if call.path == "/books/201/reviews" else library(call)

    server.app = app
    for number, outcome, code in (
        (signal.SIGTERM, "terminated", 143),
        (signal.SIGKILL, "running", None),
    ):
        process = program.start(concurrency=1, summary_path=str(path))
        server.wait_for_call("/books/201/reviews")
        assert summary(program)["outcome"] == "running"
        process.send_signal(number)
        process.communicate(timeout=60)
        server.calls.clear()
        found = summary(program)
        assert (found["outcome"], found["exit_code"]) == (outcome, code)


def facts(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("")
    path.symlink_to(path.parent / "elsewhere")


def _other_program(path: Path) -> None:
    path.write_text('{\n  "program": "tap-other"\n}\n')


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_link, "is a symbolic link"),
        (lambda path: path.mkdir(), "is a folder"),
        (os.mkfifo, "is a pipe"),
        (lambda path: path.write_text('{"api_key": "x"}'), "holds something else"),
        (_other_program, "holds something else"),
    ],
    ids=["link", "folder", "pipe", "config", "other program"],
)
def test_what_is_no_summary_stays_as_it_is(
    program: Program, make: t.Callable[[Path], object], says: str
) -> None:
    path = program.folder / "summary.json"
    make(path)
    before = facts(path)
    done = run(program)
    assert done.returncode == 2
    assert "'summary_path'" in (line := done.stderr.decode().splitlines()[-1])
    assert says in line
    assert facts(path) == before


def test_a_folder_that_is_not_there(program: Program) -> None:
    done = run(program, summary_path=str(program.folder / "none" / "summary.json"))
    assert done.returncode == 2
    assert "'summary_path'" in done.stderr.decode().splitlines()[-1]
