"""What the tests of the kit share: a scripted server, sessions on it, and runs of a tiny tap."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.client import Client
from tests.kit.program import Program

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.scripted_server import ScriptedServer


@pytest.fixture
def client(server: ScriptedServer) -> t.Callable[..., Client]:
    """Return a function that makes a client of the server."""

    def make(**settings: t.Any) -> Client:  # noqa: ANN401
        return Client(server.url, **settings)

    return make


@pytest.fixture
def program(server: ScriptedServer, tmp_path: Path) -> Program:
    return Program(tmp_path, server.url)


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries are tested by their number, not by how long one waits for them."""
    monkeypatch.setattr("singer_kit.http.session.LONGEST_BACKOFF", 0.05)
    monkeypatch.setattr("singer_kit.paging.page_walk.PAUSES", (0.0, 0.0, 0.0))
