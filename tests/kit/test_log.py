"""The log of a run as a person reads it: few lines, and nothing in them that is not text."""

from __future__ import annotations

import os
import subprocess
import typing as t

from tests.harness.catalog import select
from tests.kit.library import Library, link_page
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.program import Program

CHATTER = (
    "Skipping parse of env var settings",
    "as child stream to",
    "Skipping deselected stream",
    "Starting incremental sync of",
    "METRIC: ",
)
# An escape that clears the screen, a line that looks like one of ours, text from right to left.
HOSTILE = "\x1b[2J\nERROR all is lost \u202egnihton"
SHOWN = "\\u001b[2J\\nERROR all is lost \\u202egnihton"


def log(program: Program, *streams: str, level: str = "INFO") -> str:
    arguments = program.arguments(None, select(TinyTap, *streams))
    done = subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TAP_TINY_LOGLEVEL": level},
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_no_line_for_what_is_not_read(server: ScriptedServer, program: Program) -> None:
    server.app = Library(loans=[{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}])
    told = log(program, "loans")
    assert [text for text in CHATTER if text in told] == []
    assert "Beginning sync of 'loans'" in told
    assert "Run summary: " in told


def test_debugging_shows_all_that_the_sdk_says(server: ScriptedServer, program: Program) -> None:
    """And so that the SDK still says it in these words: see sdk_messages.py."""
    server.app = Library(loans=[{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}])
    told = log(program, "loans", level="DEBUG")
    assert [text for text in CHATTER if text not in told] == []


def test_no_line_for_each_parent(server: ScriptedServer, program: Program) -> None:
    library = Library.of(authors=30, books=1, reviews=1)
    library.page_size = 30
    server.app = library
    told = log(program, "authors", "books", "reviews")
    assert len(told.splitlines()) < 10, told


def test_denied_parents_are_told_one_by_one_up_to_ten(server: ScriptedServer) -> None:
    library = Library.of(authors=30, books=1, reviews=1)
    server.app = lambda call: (
        Reply({"error": "no"}, status=403) if "/reviews" in call.path else library(call)
    )
    run = run_tap(server.url, ["authors", "books", "reviews"])
    assert run.log.count("Skipped 'reviews") == 10
    assert run.log.count("More lists of 'reviews' are skipped") == 1
    assert len(run.summary["denied"]) == 30


def test_what_comes_from_outside_is_only_text(server: ScriptedServer) -> None:
    def app(call: Call) -> object:
        if call.path.endswith("/authors"):
            return link_page(call, [{"id": HOSTILE, "books_count": 1}], 1)
        return Reply({}, status=403)

    server.app = app
    run = run_tap(server.url, ["authors", "books"])
    assert run.log.count(SHOWN) == 2, "in the warning, and in the summary, which is JSON"
    assert run.summary["denied"] == [f"books ({HOSTILE}): 403"]
    assert "\x1b" not in run.log
    assert "\u202e" not in run.log
