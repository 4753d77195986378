"""Ends requests at their deadline: connecting, headers and body together.

Timeouts of sockets count from byte to byte. A server that sends one now and then, informational
responses without end, or data that decompresses to nothing, would never trigger one.
"""

from __future__ import annotations

import socket
import threading
import time
import typing as t
from contextlib import contextmanager, suppress

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..compat import override
from .responses import FinalResponse

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import urllib3

_current = threading.local()
_NAP_SECONDS = 5
"""After which a watchdog looks whether it is still needed."""


class Exchange:
    """One request, its answer, and the connection that both travel on.

    Attributes:
        connecting: No connection yet: nothing of the request has been sent.
        expired: The deadline came before the answer was complete.
    """

    def __init__(self, deadline: float) -> None:
        """Begin an exchange that ends at ``deadline``, on the monotonic clock."""
        self.deadline = deadline
        self.connecting = False
        self.expired = False
        self.connection: HTTPConnection | None = None
        self.socket: socket.socket | None = None

    def close(self) -> None:
        """End the connection, which urllib3 would otherwise keep for the next request."""
        if self.connection is not None:
            self.connection.close()

    def expire(self) -> None:
        """Cut the connection under the thread that waits for it."""
        self.expired = True
        # Until it is made: what a proxy, for example, has still to answer.
        found = self.socket
        if found is None and self.connection is not None:
            found = self.connection.sock
        if found is not None:
            with suppress(OSError):
                # The plain method: SSLSocket.shutdown would pull the TLS object from under a read.
                socket.socket.shutdown(found, socket.SHUT_RDWR)


class WatchedConnection(HTTPConnection):
    """Tells the exchange of its thread how far it is."""

    response_class = FinalResponse

    @override
    def connect(self) -> None:
        exchange: Exchange | None = getattr(_current, "exchange", None)
        if exchange is not None:
            exchange.connecting = True
            exchange.connection = self
        super().connect()
        if exchange is not None:
            exchange.connecting = False
            exchange.socket = self.sock

    @override
    def request(self, *args: t.Any, **kwargs: t.Any) -> None:
        exchange: Exchange | None = getattr(_current, "exchange", None)
        if exchange is not None:
            exchange.connection, exchange.socket = self, self.sock
        super().request(*args, **kwargs)


class _WatchedSecureConnection(WatchedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _WatchedSecureConnection


def watch_connections(manager: urllib3.PoolManager) -> None:
    """Let a pool manager make connections that a :class:`Watchdog` can end."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class Watchdog:
    """Ends exchanges at their deadline."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._changed = threading.Condition()
        self._running: set[Exchange] = set()
        self._awake_at = float("inf")
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, seconds: float) -> Iterator[Exchange]:
        """Watch the exchange of this thread inside the block."""
        exchange = Exchange(time.monotonic() + seconds)
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="watchdog", daemon=True)
                self._thread.start()
            self._running.add(exchange)
            # It mostly wakes early enough anyway, and waking a thread costs time.
            if exchange.deadline < self._awake_at:
                self._changed.notify()
        _current.exchange = exchange
        try:
            yield exchange
        finally:
            _current.exchange = None
            with self._changed:
                self._running.discard(exchange)

    def _work(self) -> None:
        with self._changed:
            idle = False
            # A thread that waits for ever would keep its session, and all that belongs to it.
            while self._running or not idle:
                idle = not self._running
                moment = time.monotonic()
                for exchange in [e for e in self._running if e.deadline <= moment]:
                    self._running.discard(exchange)
                    exchange.expire()
                self._awake_at = min([moment + _NAP_SECONDS, *(e.deadline for e in self._running)])
                self._changed.wait(max(0.0, self._awake_at - moment))
            self._thread = None
