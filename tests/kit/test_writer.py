"""Records go out in blocks, but none waits for the API."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest

from tests.kit.library import Library

if t.TYPE_CHECKING:
    from tests.kit.program import Program
    from tests.kit.scripted_server import Call, ScriptedServer


@pytest.mark.parametrize("concurrency", [1, 4])
def test_what_was_read_is_with_the_target_before_the_next_answer_is(
    server: ScriptedServer, program: Program, concurrency: int
) -> None:
    library = Library.of(authors=3, books=0, reviews=0)
    first_page_seen = threading.Event()

    def app(call: Call) -> object:
        if call.query.get("page") == "2":
            assert first_page_seen.wait(20)
        return library(call)

    server.app = app
    seen: list[t.Any] = []
    with program.start(concurrency=concurrency) as process:
        assert process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            if message["type"] == "RECORD" and message["stream"] == "authors":
                seen.append(message["record"]["id"])
            if seen == [1, 2]:
                first_page_seen.set()

    assert process.returncode == 0
    assert seen == [1, 2, 3]
