"""Small socket servers for what the sandbox does not do."""

from __future__ import annotations

import json
import socket
import threading
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Hands every request to a function, and keeps what it was sent.

    The function gets the connection and the lead, answers on the connection itself, and may return
    "close".
    """

    def __init__(self, answer: Callable[[socket.socket, dict[str, t.Any]], object]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.leads: list[dict[str, t.Any]] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            while stream.readline():
                length = 0
                while header := stream.readline().strip():
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                lead = json.loads(stream.read(length))
                with self._lock:
                    self.leads.append(lead)
                if self._answer(connection, lead) == "close":
                    return
        except (OSError, ValueError):
            pass
        finally:
            stream.close()
            connection.close()

    def close(self) -> None:
        self._listener.close()
        for connection in self._connections:
            connection.close()


@contextmanager
def serving(
    answer: Callable[[socket.socket, dict[str, t.Any]], object] = lambda c, _: c.sendall(OK),
) -> Iterator[Server]:
    server = Server(answer)
    try:
        yield server
    finally:
        server.close()


def reply(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
