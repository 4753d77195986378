"""Each POST has a connection of its own, whatever the server would like."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import typing as t
from contextlib import suppress

import pytest

from tests.target_miimosa_leads.servers import OK, Server, reply, serving
from tests.target_miimosa_leads.support import Workplace, leads

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def keeping_alive(*answers: bytes) -> Callable[[socket.socket, dict[str, t.Any]], object]:
    """Answer the first request of each connection, and keep it open until another one comes.

    That one is not answered: a server that closes an idle connection while a request is on its way.
    The answers are given in turn, the last one again and again; none of them says that the
    connection will be closed.
    """
    left = list(answers)
    used: set[socket.socket] = set()

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> str | None:
        if connection in used:
            return "close"
        used.add(connection)
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])
        return None

    return answer


def test_each_lead_has_a_connection_of_its_own(tmp_path: Path) -> None:
    with serving(keeping_alive(OK)) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 21)))
        assert result.code == 0, result.err
        assert server.connections == len(server.leads) == 20


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (reply(400, b'{"message": "no"}'), 3),
        (reply(500, b"{}"), 4),
        (reply(307, b"{}", "Location: /elsewhere"), 4),
        (reply(200, b"<html></html>"), 4),
        (reply(429, b"{}", "Retry-After: 0"), 0),
    ],
)
def test_so_has_a_lead_after_one_that_failed(tmp_path: Path, first: bytes, code: int) -> None:
    with serving(keeping_alive(first, OK)) as server:
        work = Workplace(tmp_path, api_url=server.url, concurrency=1)
        assert work.run(leads(1, 2)).code == code
        assert work.statuses()[1] == "acknowledged"
        assert server.connections == len(server.leads)


def test_so_has_a_lead_after_one_whose_answer_took_too_long(tmp_path: Path) -> None:
    half = OK[:-1]
    with serving(keeping_alive(half, OK)) as server:
        work = Workplace(tmp_path, api_url=server.url, concurrency=1, request_timeout=1)
        assert work.run(leads(1, 2)).code == 4
        assert work.statuses() == ["unknown", "acknowledged"]
        assert server.connections == len(server.leads) == 2


def test_so_it_is_behind_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(keeping_alive(OK)) as server:
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        work = Workplace(tmp_path, api_url="http://api.localhost", concurrency=1)
        assert work.run(leads(1, 2, 3)).code == 0
        assert server.connections == len(server.leads) == 3


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of localhost with its key, which signs itself."""
    path = tmp_path / "certificate.pem"
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(path), "-out", str(tmp_path / "public.pem")]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with path.open("a") as file:
        file.write((tmp_path / "public.pem").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[Server, int]]:
    """A server behind TLS, with its port; each TLS connection is one of its connections."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(keeping_alive(OK)) as server, _Relay(server, context) as port:
        yield server, port


class _Relay:
    """Hands what comes over TLS, after a CONNECT if there is one, on to a server."""

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server = server
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._accept, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if client.recv(7, socket.MSG_PEEK) == b"CONNECT":
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += client.recv(1)
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            host, port = self._server.url.removeprefix("http://").split(":")
            with (
                self._context.wrap_socket(client, server_side=True) as secure,
                socket.create_connection((host, int(port))) as plain,
            ):
                threading.Thread(target=_copy, args=(plain, secure), daemon=True).start()
                _copy(secure, plain)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("proxied", [False, True])
def test_so_it_is_with_tls(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
    secure: tuple[Server, int],
    proxied: bool,  # noqa: FBT001
) -> None:
    server, port = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_name("public.pem")))
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    url = f"https://localhost:{port}"
    if proxied:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        # "localhost" would bypass a proxy on some systems; that port is never asked.
        url = "https://localhost:9"
    work = Workplace(tmp_path, api_url=url, concurrency=1)
    result = work.run(leads(1, 2, 3))
    assert result.code == 0, result.err
    assert server.connections == len(server.leads) == 3


def test_a_stale_connection_makes_no_unknown_outcomes(tmp_path: Path) -> None:
    def answer_and_close(connection: socket.socket, _: dict[str, t.Any]) -> None:
        # Without "Connection: close", as a server whose idle time is over.
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(answer_and_close) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 40)), concurrency=1)
        assert result.code == 0
        assert server.connections == len(server.leads) == 39


def test_servers_that_close_idle_connections_make_no_unknown_outcomes(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("close_idle", times=None)
    assert work.run(leads(*range(1, 40)), concurrency=4).code == 0
