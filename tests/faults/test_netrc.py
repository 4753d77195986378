"""Credentials are those of the configuration, whatever else the machine keeps."""

from __future__ import annotations

import typing as t

import pytest
import requests

from tap_micropledge._kit.errors import KitError
from tap_micropledge._kit.http.transport import Transport
from tap_micropledge.tap import TapMicroPledge
from tests.harness.catalog import select
from tests.harness.run import run_tap

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def _netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with credentials for this machine."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else-123\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


def test_a_netrc_file_signs_nothing(server: ScriptedServer) -> None:
    config = {"api_url": server.url, "project_slugs": ["my-project"], "concurrency": 1}

    server.app = lambda _: {"result": "success", "name": "x"}
    run_tap(TapMicroPledge, config, expected=KitError, catalog=select(TapMicroPledge, "projects"))

    assert [call.headers.get("Authorization") for call in server.calls] == [None]


def test_a_request_without_an_authenticator_is_not_signed_either(server: ScriptedServer) -> None:
    """The SDK gives each of its requests one, but need not."""
    http = Transport([server.url], timeout=5, concurrency=1, setting="api_url").http

    request = http.prepare_request(requests.Request("GET", server.url))

    assert "Authorization" not in request.headers
