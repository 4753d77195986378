"""What comes of answers that no API should give: the right rows, or one line and exit code 1."""

from __future__ import annotations

import typing as t

import pytest

from tests.faults.hostile_answers import SECTIONS, Case
from tests.faults.programs import PROGRAMS
from tests.faults.raw_server import RawServer
from tests.harness.catalog import choose
from tests.harness.run import run_tap

if t.TYPE_CHECKING:
    from collections.abc import Iterator

CASES = [
    pytest.param(name, case, id=f"{name}: {section}: {case.name}")
    for name in PROGRAMS
    for section, cases in SECTIONS.items()
    for case in cases
]


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_an_answer(server: RawServer, name: str, case: Case) -> None:
    program = PROGRAMS[name]
    server.script = lambda _: case.pieces(program.good)
    server.heads.clear()
    config = {
        **program.settings,
        "api_url": server.url,
        "rate_limits": [],
        "concurrency": 1,
        "retry_seconds": 0,
        "max_wait": 0,
        "request_timeout": 0.2 if case.late else 60,
    }

    run = run_tap(
        program.tap, config, expected=program.error, catalog=choose(program.tap, program.stream)
    )

    # No address but the configured one was asked, with whatever credentials.
    assert not any("Host: localhost" in head for head in server.heads)
    if case.words is None:
        assert run.error is None
        assert len(run.records[program.stream]) == program.rows
        return
    assert run.code == case.code, run.error
    assert case.words in str(run.error)
    assert run.records == {}
    assert not run.bookmark(program.stream)
    assert all(line.isprintable() for line in run.log.splitlines())
    assert "Traceback" not in run.log
