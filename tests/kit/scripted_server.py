"""A real HTTP server on loopback whose answers, faults and delays a test scripts."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Fault = t.Literal["", "reset", "truncate", "drip", "hang", "silent"]


@dataclass(frozen=True)
class Call:
    """A request as it arrived; ``nth`` counts those for the same path and query from 1 on."""

    path: str
    target: str
    query: dict[str, str]
    headers: Mapping[str, str]
    at: float
    nth: int


@dataclass(frozen=True)
class Reply:
    """An answer: bytes go out as they are, anything else as JSON; a header set to "" is left out.

    Faults: ``reset`` the connection without an answer; ``truncate`` the body; ``drip`` it a byte at
    a time; ``hang`` after half of it; ``silent``: no answer at all.
    """

    body: object = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    fault: Fault = ""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are part of the tests."""


class ScriptedServer:
    """Answers by ``app``; remembers every call."""

    def __init__(self) -> None:
        self.app: Callable[[Call], object] = lambda _: Reply(status=404)
        self.calls: list[Call] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = _Listener(("127.0.0.1", 0), self._handler_class())
        host, port = self._listener.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def targets(self) -> list[str]:
        """Path and query of each call, in the order of arrival."""
        return [call.target for call in self.calls]

    def asked(self, path: str) -> int:
        """How many calls there were for a path, whatever the query."""
        return sum(call.path == path for call in self.calls)

    def wait_for_call(self, path: str, seconds: float = 20.0) -> None:
        """Return once a path was asked for."""
        deadline = time.monotonic() + seconds
        while not self.asked(path):
            assert time.monotonic() < deadline, f"nobody asked for {path}"
            time.sleep(0.01)

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown()
        self._listener.server_close()

    def pause(self, seconds: float) -> None:
        """Sleep, unless the server closes."""
        self._closing.wait(seconds)

    def _call(self, target: str, headers: Mapping[str, str]) -> Call:
        parts = urlsplit(target)
        with self._lock:
            nth = 1 + sum(call.target == target for call in self.calls)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            call = Call(parts.path, target, query, dict(headers), time.monotonic(), nth)
            self.calls.append(call)
        return call

    @contextlib.contextmanager
    def _flight(self) -> Iterator[None]:
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                call = server._call(self.path, dict(self.headers.items()))
                with server._flight():
                    answer = server.app(call)
                    reply = answer if isinstance(answer, Reply) else Reply(answer)
                    server.pause(reply.delay)
                    _send(self, reply, server)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep the test output clean."""

        return Handler


def _send(handler: BaseHTTPRequestHandler, reply: Reply, server: ScriptedServer) -> None:
    if reply.fault == "silent":
        server.pause(60)
    if reply.fault in {"reset", "silent"}:
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()
        handler.close_connection = True
        return
    content = reply.content
    handler.send_response_only(reply.status)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    if "Date" not in reply.headers:
        headers["Date"] = handler.date_time_string()
    for name, value in {**headers, **reply.headers}.items():
        if value:
            handler.send_header(name, value)
    handler.end_headers()
    if reply.fault == "":
        handler.wfile.write(content)
        handler.wfile.flush()
        return
    handler.close_connection = True
    if reply.fault == "drip":
        for position in range(len(content)):
            handler.wfile.write(content[position : position + 1])
            handler.wfile.flush()
            server.pause(0.05)
        return
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    if reply.fault == "hang":
        server.pause(60)
