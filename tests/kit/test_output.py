"""Records go out in blocks, but none waits for the API."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.kit.program import Program
    from tests.kit.scripted_server import Call, ScriptedServer


@pytest.mark.parametrize(("limit", "expected"), [(2, [1, 2]), (10, [1, 2, 3])])
def test_the_sdks_dry_run_leaves_nothing_behind(
    server: ScriptedServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    limit: int,
    expected: list[int],
) -> None:
    """It syncs stream by stream, and so do the SDK's standard tests."""
    server.app = Library.of(authors=3, books=0, reviews=0)
    tap = TinyTap(config={"api_url": server.url})

    tap.run_sync_dry_run(dry_run_record_limit=limit, streams=[tap.streams["authors"]])

    messages = map(json.loads, capsysbinary.readouterr().out.splitlines())
    assert authors(messages) == expected


def authors(messages: Iterable[dict[str, t.Any]]) -> list[int]:
    records = [message for message in messages if message["type"] == "RECORD"]
    return [record["record"]["id"] for record in records if record["stream"] == "authors"]


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
            seen += authors([json.loads(line)])
            if seen == [1, 2]:
                first_page_seen.set()

    assert process.returncode == 0
    assert seen == [1, 2, 3]
