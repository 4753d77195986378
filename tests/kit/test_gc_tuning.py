"""A run leaves the interpreter of whoever embeds a tap as it was."""

from __future__ import annotations

import gc
import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.running import run_tap
from tests.kit.scripted_server import Reply

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import Call, ScriptedServer


@pytest.mark.parametrize("fails", [False, True])
def test_the_garbage_collector_is_set_back(server: ScriptedServer, *, fails: bool) -> None:
    library = Library.of(authors=2, books=1, reviews=1)
    during: list[tuple[tuple[int, int, int], int]] = []

    def app(call: Call) -> object:
        during.append((gc.get_threshold(), gc.get_freeze_count()))
        return Reply(b"<html>") if fails else library(call)

    server.app = app
    before = gc.get_threshold(), gc.get_freeze_count()
    run = run_tap(server.url)
    assert (run.error is not None) is fails
    assert gc.get_threshold() == before[0]
    assert gc.get_freeze_count() <= before[1]
    assert all(threshold[0] > before[0][0] and frozen for threshold, frozen in during)
