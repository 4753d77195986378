"""A real HTTP server on loopback that sends exactly the bytes that a test gives it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # From the request's first line to the pieces of the answer; a number is a pause in seconds.
    Script = Callable[[str], Iterator[bytes | float]]


class RawServer:
    """Answers each request by ``script``, and closes the connection when it is at its end.

    ``{port}`` in a piece stands for its own port: an address of it may have another host name.

    Attributes:
        requests: The first line of each request, in the order of arrival.
        heads: Their headers, as they came.
    """

    def __init__(self) -> None:
        self.script: Script = lambda _: iter(())
        self.requests: list[str] = []
        self.heads: list[str] = []
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        port = self._listener.getsockname()[1]
        self._port = str(port).encode()
        self.url = f"http://127.0.0.1:{port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_for_request(self, seconds: float = 60) -> None:
        """Return once something was asked for."""
        deadline = time.monotonic() + seconds
        while not self.requests:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while (head := _read_head(connection)) is not None:
                line, _, headers = head.partition("\r\n")
                self.requests.append(line)
                self.heads.append(headers)
                for piece in self.script(line):
                    if isinstance(piece, bytes):
                        connection.sendall(piece.replace(b"{port}", self._port))
                    elif self._closing.wait(piece):
                        return


def _read_head(connection: socket.socket) -> str | None:
    found = b""
    while b"\r\n\r\n" not in found:
        more = connection.recv(65536)
        if not more:
            return None
        found += more
    return found.decode("latin-1")
