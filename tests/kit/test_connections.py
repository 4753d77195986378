"""Proxies, certificates and cookies count as they do for requests."""

from __future__ import annotations

import http.server
import shutil
import ssl
import subprocess
import threading
import typing as t
from contextlib import contextmanager

import pytest
import requests

from singer_kit.errors import ApiError
from tests.kit.client import Client
from tests.kit.scripted_server import Reply, ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_proxy_of_the_environment_is_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.app = lambda _: Reply([{"id": 1}])
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//me:secret@"))
    client = Client("http://api.invalid")
    assert client.get("/things?page=2").data == [{"id": 1}]
    assert client.get("/things?page=3").data == [{"id": 1}]
    # A proxy is told the whole address, and who asks it.
    assert server.targets == [f"http://api.invalid/things?page={page}" for page in (2, 3)]
    assert {call.headers["Proxy-Authorization"] for call in server.calls} == {"Basic bWU6c2VjcmV0"}


def test_no_proxy_names_what_is_asked_directly(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.app = lambda _: Reply([])
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert Client(server.url).get("/things").data == []
    assert server.targets == ["/things"]


def test_a_cookie_comes_back(server: ScriptedServer) -> None:
    server.app = lambda call: Reply([], headers={"Set-Cookie": f"seen={call.nth}; Path=/"})
    client = Client(server.url)
    client.get("/things")
    http = client.session.http
    again = http.prepare_request(requests.Request("GET", f"{server.url}/things"))
    client.session.fetch(again)
    assert [call.headers.get("Cookie") for call in server.calls] == [None, "seen=1"]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with an empty list."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def https_server(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve under a certificate of its own; yield the URL and the certificate's file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "3650"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listener:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"https://localhost:{listener.server_address[1]}", certificate
        finally:
            listener.shutdown()
            thread.join()


def test_an_unknown_certificate_is_refused_and_one_of_the_bundle_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with https_server(tmp_path) as (url, certificate):
        with pytest.raises(ApiError, match="TLS verification of https://localhost"):
            Client(url).get("/things")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert Client(url).get("/things").data == []
