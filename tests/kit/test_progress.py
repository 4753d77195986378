"""How far a run is: a line on a terminal, which is in nobody's way, and nothing elsewhere."""

from __future__ import annotations

import json
import threading
import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.harness.catalog import select
from tests.harness.terminal import run_on_terminal
from tests.kit.library import Library
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.program import Program
    from tests.kit.scripted_server import Call, ScriptedServer


def command(program: Program, *streams: str) -> list[str]:
    return program.arguments(None, select(TinyTap, *streams))


def hold(server: ScriptedServer, library: Library, path: str, nth: int) -> threading.Event:
    """Answer the request of a path for the ``nth`` page only once the returned event is set."""
    released, asked = threading.Event(), Counter[str]()

    def app(call: Call) -> object:
        asked[call.path] += 1
        if (call.path, asked[call.path]) == (path, nth):
            assert released.wait(30), "the line does not come"
        return library(call)

    server.app = app
    return released


def test_a_line_tells_how_far_the_run_is(server: ScriptedServer, program: Program) -> None:
    library = Library(loans=[{"id": n, "updated_at": "2026-01-01T00:00:00Z"} for n in range(8)])
    released = hold(server, library, "/loans", 3)
    program.config["rate_limits"] = [{"requests": 500, "seconds": 3600}]
    shown = run_on_terminal(command(program, "loans"), wait_for=(b"requests/hour left", released))
    assert "loans 50%, 4/8, " in shown.screen
    assert " left, 49" in shown.screen, "time, and requests"
    # In the end it is gone, and the log and the table are whole.
    assert [line for line in shown.lines if "%" in line] == [], repr(shown.screen)
    assert sum("Beginning sync of 'loans'" in line for line in shown.lines) == 1
    assert "loans         8         4" in shown.lines
    assert "Run summary: " not in shown.screen
    kinds = [json.loads(line)["type"] for line in shown.out.splitlines()]
    assert kinds.count("RECORD") == 8


def test_parents_count_once_their_children_are_read(
    server: ScriptedServer, program: Program
) -> None:
    library = Library.of(authors=4, books=1, reviews=0)
    library.page_size = 4
    released = hold(server, library, "/authors/3/books", 1)
    shown = run_on_terminal(command(program, "authors", "books"), wait_for=(b"books 2", released))
    assert "authors 50%, 2/4, " in shown.screen


def test_no_line_where_the_messages_go_to_the_terminal_too(
    server: ScriptedServer, program: Program
) -> None:
    library = Library.of(authors=4, books=0, reviews=0)
    asked, released = threading.Event(), threading.Event()

    def app(call: Call) -> object:
        if call.query.get("page") == "2":
            asked.set()
            assert released.wait(30), "the line does not come"
        return library(call)

    server.app = app
    run = command(program, "authors")
    with ThreadPoolExecutor() as pool:
        silent = pool.submit(run_on_terminal, run, both=True)
        assert asked.wait(30)
        # Begun later, and its line comes: one of the other run would be there by now.
        run_on_terminal(run, wait_for=(b"authors 50%", released))
    shown = silent.result()
    assert "%" not in shown.screen
    assert sum(line.startswith('{"type":"RECORD"') for line in shown.lines) == 4
