"""Whatever happens to a tap, no secret and nobody's data is anywhere but in its RECORD messages.

At debug level, in real processes. Searched are standard output without RECORD messages, standard
error, STATE among the messages, all files that the tap has written (the run summary, the budget,
kept tokens, for what is no token), and the arguments of every process while it runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.canaries.planted import EVERYTHING, MASKED, SECRETS, find
from tests.canaries.tap_table import TABLE, Login, Row
from tests.faults.hostile_answers import answer
from tests.faults.programs import PROGRAMS
from tests.faults.raw_server import RawServer
from tests.harness.catalog import select
from tests.harness.preloaded import PYTHON

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.run import Record

PATIENCE = 60
# What token_path holds by its contract.
TOKENS = [value for name, value in SECRETS.items() if name.endswith("_token")]


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@pytest.mark.parametrize(("row", "login"), TABLE.values(), ids=TABLE)
def test_no_canary(
    server: RawServer, programs: Path, tmp_path: Path, row: Row, login: Login
) -> None:
    good = PROGRAMS[login.program].good
    arguments: dict[str, str] = {}

    def script(line: str) -> Iterator[bytes | float]:
        arguments.update(list_arguments(tmp_path))
        if row.interrupted:
            yield PATIENCE
        if line.startswith("POST"):
            yield (row.token or issue_tokens)(good)
        yield row.answer(good)

    server.script, server.requests = script, []
    given = write_files(tmp_path, server.url, row, login)

    code, out, log = run(command(programs, row, login), tmp_path, given, server, row)

    assert arguments or not server.requests
    end = "\n".join(log.splitlines()[-4:])
    assert code == row.code, end
    kept = [line for line in out.splitlines() if '"type":"RECORD"' not in line]
    places = {"standard output": "\n".join(kept), **arguments}
    for path in tmp_path.iterdir():
        if path.name not in {*given, "bug.py"}:
            places[path.name] = path.read_text(encoding="latin-1")
    hidden = MASKED if row.bug else EVERYTHING
    found = {
        place: find([each for each in hidden if place != "token.json" or each not in TOKENS], text)
        for place, text in places.items()
    }
    assert {place: canaries for place, canaries in found.items() if canaries} == {}, "\n".join(
        log.splitlines()[-4:]
    )


def list_arguments(folder: Path) -> dict[str, str]:
    """Return the arguments of all processes that work in a folder."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found[str(process)] = (process / "cmdline").read_text(encoding="latin-1")
    return found


def issue_tokens(_: bytes) -> bytes:
    tokens = {
        "id": 1,
        "api_key": SECRETS["issued_access_token"],
        "access_token": SECRETS["issued_access_token"],
        "refresh_token": SECRETS["issued_refresh_token"],
        "expires_in": 3600,
    }
    return answer(json.dumps(tokens).encode())


def configure(login: Login, url: str) -> Record:
    config: Record = {
        **{k: v for k, v in PROGRAMS[login.program].settings.items() if k not in SECRETS},
        **dict(login.others),
        **{name: SECRETS[name] for name in login.secrets},
        "api_url": url,
        "rate_limits": [],
        "retry_seconds": 0,
        "max_wait": 0,
        "summary_path": "summary.json",
        "budget_path": "budget.db",
    }
    if login.program == "tap-ulule":
        config["token_url"] = f"{url}/token"
    return config


def write_files(folder: Path, url: str, row: Row, login: Login) -> dict[str, str]:
    """Write what the tap is given; return the files' names, with the option of each."""
    program = PROGRAMS[login.program]
    people = ["pledges"] if login.program == "tap-miimosa" else []
    files = {
        "config": json.dumps(row.change(configure(login, url))),
        "catalog": json.dumps(select(program.tap, program.stream, *people)),
        **dict(row.files),
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content, encoding="utf-8")
    if row.bug:
        module, name = program.tap.__module__, program.tap.__name__
        text = f"from {module} import {name}\n{row.bug}\n{name}.cli.main()\n"
        (folder / "bug.py").write_text(text, encoding="utf-8")
    return {f"{name}.json": name for name in files}


def command(programs: Path, row: Row, login: Login) -> list[str]:
    """Return what starts a tap, or one that has a bug."""
    return [str(programs / PYTHON), "bug.py"] if row.bug else [str(programs / login.program)]


def run(
    program: list[str],
    folder: Path,
    given: dict[str, str],
    server: RawServer,
    row: Row,
) -> tuple[int, str, str]:
    """Run a tap to its end; return its exit code, standard output and error."""
    prefix = "TAP_" + Path(program[0]).name.removeprefix("tap-").upper()
    environment = {**os.environ, "LOGLEVEL": "DEBUG", **dict(row.environment)}
    options = [*row.options]
    for file, name in given.items():
        if name == "token" or (name == "catalog" and "--discover" in options):
            continue
        if name == "config" and "--config=ENV" in options:
            config = json.loads((folder / file).read_text(encoding="utf-8"))
            for setting, value in config.items():
                text = value if isinstance(value, str) else json.dumps(value)
                environment[f"{prefix}_{setting.upper()}"] = text
            continue
        options.append(f"--{name}={file}")
    with contextlib.ExitStack() as stack:
        out: int | t.IO[bytes] = subprocess.PIPE
        if row.output == "closed":
            reading, out = os.pipe()
            os.close(reading)
            stack.callback(os.close, out)
        elif row.output:
            out = stack.enter_context(Path(row.output).open("wb"))
        # A file takes whatever comes; a pipe that is not read yet would stop the run.
        log = stack.enter_context((folder / "log").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(
                [*program, *options],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                text=True,
            )
        )
        if row.interrupted:
            server.wait_for_request()
            process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, printed or "", (folder / "log").read_text(encoding="utf-8")
