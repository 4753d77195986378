"""Sends one request within origin and time, and tells what went wrong on the way."""

from __future__ import annotations

import functools
import typing as t
from urllib.parse import urlsplit

import requests
import urllib3

from ..errors import ApiError, ConfigError, OriginError
from .body import read_body
from .connections import Connections
from .deadline import Watchdog

if t.TYPE_CHECKING:
    from collections.abc import Iterable

CONNECT_SECONDS = 10.0


class RetriableError(ApiError):
    """A failure that may pass: no connection, a cut connection, 408, 5xx."""


class UnreachableError(RetriableError):
    """No connection could be made."""


class Transport:
    """One pool of connections to the configured origins.

    Args:
        origins: URLs whose scheme, host and port may be contacted.
        timeout: Seconds for one whole response.
        concurrency: Connections that are kept.
        setting: Name of the setting that holds the address, for messages.
    """

    def __init__(
        self, origins: Iterable[str], *, timeout: float, concurrency: int, setting: str
    ) -> None:
        """Open nothing yet."""
        self._origins = {find_origin(url) for url in origins}
        self._timeout = timeout
        self._setting = setting
        self.http = requests.Session()
        # Without anything here, requests would take credentials from ~/.netrc.
        self.http.auth = _add_nothing
        self._connections = Connections(self.http, pool_maxsize=max(10, concurrency))
        self._watchdog = Watchdog()
        self._limits = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout)

    def check_origin(self, request: requests.PreparedRequest) -> None:
        """Check that a request stays within the configured origins.

        Raises:
            OriginError: If it does not.
        """
        origin = find_origin(request.url or "")
        if origin not in self._origins:
            raise OriginError(f"Refused to contact {origin}: it is not the configured API.")

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request and read its whole response, whatever its status.

        Raises:
            RetriableError: If there was no connection, or no whole response.
            ContentError: If the body is too large.
            ApiError: If the server's certificate is not valid.
            ConfigError: If there are no certificates to check it with.
        """
        url = request.url or ""
        with self._watchdog.watching(self._timeout) as exchange:
            try:
                response = self._open(request, url)
                read_body(response)
            except urllib3.exceptions.HTTPError as error:
                raise _cut(url, error) from error
            finally:
                # Without a length, a body that was cut seems to be at its end.
                if exchange.expired:
                    raise _late(url)
        return response

    def _open(self, request: requests.PreparedRequest, url: str) -> requests.Response:
        """Return a response whose body is still to be read."""
        try:
            return self._connections.open(request, find_origin(url), self._limits)
        except (urllib3.exceptions.HTTPError, requests.RequestException) as error:
            raise self._broken(url, getattr(error, "reason", error)) from error
        except OSError as error:
            raise ConfigError(
                "The certificates that the environment names (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE) "
                f"cannot be used: {error.strerror or 'there is no such file'}."
            ) from None

    def _broken(self, url: str, reason: object) -> ApiError:
        """Return what it means that no answer began."""
        if isinstance(reason, urllib3.exceptions.NameResolutionError):
            return self._unreachable(url, "the host name is not known")
        if isinstance(reason, urllib3.exceptions.NewConnectionError):
            return self._unreachable(url, "the connection was refused")
        if isinstance(reason, urllib3.exceptions.ConnectTimeoutError):
            return self._unreachable(url, "it did not accept a connection in time")
        if isinstance(reason, urllib3.exceptions.SSLError):
            return ApiError(f"TLS verification of {find_origin(url)} failed.")
        if isinstance(reason, (urllib3.exceptions.ProtocolError, urllib3.exceptions.ProxyError)):
            return RetriableError(f"The connection broke during {urlsplit(url).path}.")
        return _cut(url, reason)

    def _unreachable(self, url: str, why: str) -> UnreachableError:
        setting = f"Check the setting '{self._setting}'."
        return UnreachableError(f"Cannot reach {find_origin(url)}: {why}. {setting}")


def _add_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _late(url: str) -> RetriableError:
    path = urlsplit(url).path
    return RetriableError(f"The answer from {path} did not arrive within request_timeout.")


def _cut(url: str, reason: object) -> RetriableError:
    if isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        # It comes at the deadline, too, and may be there before the watchdog.
        return _late(url)
    return RetriableError(f"No whole answer from {urlsplit(url).path} ({type(reason).__name__}).")


def find_origin(url: str) -> str:
    """Return scheme, host and port of a URL that a request or a checked setting has."""
    begin = url.find("://") + 3
    end = url.find("/", begin)
    # Most addresses of a run begin alike.
    return _find_origin(url[:end] if begin < end and "?" not in url[:end] else url)


@functools.lru_cache(maxsize=64)
def _find_origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"
