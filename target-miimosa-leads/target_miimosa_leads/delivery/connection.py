"""HTTP connections that know whether a request can have been sent, and that end at a deadline.

For a POST without an idempotency key everything depends on one question: did the connection fail
before or after the request was sent? The exceptions do not always tell, so the connections keep
track. (urllib3 alone also takes a third of the time of requests for each lead.)

A connection belongs to one exchange and ends with it, even if the server offers to keep it open: it
may close a kept connection just when it is used again, and then nobody could tell whether the lead
arrived.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import typing as t
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from target_miimosa_leads._kit.compat import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_current = threading.local()


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
        if self.socket is not None:
            with suppress(OSError):
                # The plain method: SSLSocket.shutdown would pull the TLS object from under a read.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class _TrackedConnection(HTTPConnection):
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


class _TrackedSecureConnection(_TrackedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TrackedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _TrackedSecureConnection


def build_pool_manager(url: str) -> urllib3.PoolManager:
    """Return a pool manager for a URL: one connection, TLS verified, no retries.

    Proxies and the certificate bundle are those of the environment, as in :mod:`requests`.
    """
    options: dict[str, t.Any] = {
        "maxsize": 1,
        "retries": False,
        "cert_reqs": "CERT_REQUIRED",
        "ca_certs": (
            os.environ.get("REQUESTS_CA_BUNDLE")
            or os.environ.get("CURL_CA_BUNDLE")
            or certifi.where()
        ),
    }
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    manager: urllib3.PoolManager
    if proxy and not proxy_bypass(parts.hostname or ""):
        manager = urllib3.ProxyManager(proxy, **options)
    else:
        manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


class Watchdog:
    """Ends exchanges at their deadline: a server that drips bytes would never time out."""

    def __init__(self) -> None:
        """Start the thread."""
        self._changed = threading.Condition()
        self._running: set[Exchange] = set()
        self._awake_at = float("inf")
        threading.Thread(target=self._work, name="watchdog", daemon=True).start()

    @contextmanager
    def watching(self, seconds: float) -> Iterator[Exchange]:
        """Watch the exchange of this thread inside the block, and close its connection after it."""
        exchange = Exchange(time.monotonic() + seconds)
        with self._changed:
            self._running.add(exchange)
            # It mostly wakes early enough anyway, and waking a thread costs time.
            if exchange.deadline < self._awake_at:
                self._changed.notify()
        _current.exchange = exchange
        try:
            yield exchange
        finally:
            _current.exchange = None
            exchange.close()
            with self._changed:
                self._running.discard(exchange)

    def _work(self) -> None:
        with self._changed:
            while True:
                moment = time.monotonic()
                for exchange in [e for e in self._running if e.deadline <= moment]:
                    self._running.discard(exchange)
                    exchange.expire()
                self._awake_at = min((e.deadline for e in self._running), default=float("inf"))
                left = self._awake_at - moment
                self._changed.wait(None if left == float("inf") else max(0.0, left))
