"""Sends one request within origin and time, and tells what went wrong on the way."""

from __future__ import annotations

import time
import typing as t
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3.exceptions

from ..errors import ApiError, OriginError
from .body import read_body

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONNECT_SECONDS = 10.0


class RetriableError(ApiError):
    """A failure that may pass: no connection, a cut connection, 408, 5xx."""


class UnreachableError(RetriableError):
    """No connection could be made."""


class _HttpSession(requests.Session):
    """Looks at no redirect by itself.

    Even when told not to follow one, requests reads the body of a redirect, without deadline or
    size limit, and prepares the next request.
    """

    def resolve_redirects(self, *_: t.Any, **__: t.Any) -> Iterator[t.Any]:  # noqa: ANN401
        """Yield nothing."""
        yield from ()


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
        self._environment: dict[str, dict[str, t.Any]] = {}
        self.http = _HttpSession()
        # Without anything here, requests would take credentials from ~/.netrc.
        self.http.auth = _add_nothing
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=max(10, concurrency))
        self.http.mount("https://", adapter)
        self.http.mount("http://", adapter)

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
            ContentError: If the body came too slowly, or is too large.
            ApiError: If the server's certificate is not valid.
        """
        url = request.url or ""
        settings = self._settings(find_origin(url))
        deadline = time.monotonic() + self._timeout
        try:
            response = self.http.send(
                request,
                timeout=(min(CONNECT_SECONDS, self._timeout), self._timeout),
                allow_redirects=False,
                **settings,
            )
            read_body(response, deadline=deadline)
        except requests.exceptions.ConnectTimeout as error:
            raise self._unreachable(url, "it did not accept a connection in time") from error
        except requests.exceptions.SSLError as error:
            raise ApiError(f"TLS verification of {find_origin(url)} failed.") from error
        except requests.exceptions.ConnectionError as error:
            raise self._broken(url, error) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            reason, path = type(error).__name__, urlsplit(url).path
            raise RetriableError(f"No whole answer from {path} ({reason}).") from error
        return response

    def _broken(self, url: str, error: requests.exceptions.ConnectionError) -> RetriableError:
        cause = error.args[0] if error.args else error
        reason = getattr(cause, "reason", cause)
        if isinstance(reason, urllib3.exceptions.NameResolutionError):
            return self._unreachable(url, "the host name is not known")
        if isinstance(reason, urllib3.exceptions.NewConnectionError):
            return self._unreachable(url, "the connection was refused")
        return RetriableError(f"The connection broke during {urlsplit(url).path}.")

    def _settings(self, origin: str) -> dict[str, t.Any]:
        """Return proxies and certificates for an origin; finding them is slow, and they stay."""
        if origin not in self._environment:
            self._environment[origin] = dict(
                self.http.merge_environment_settings(origin, {}, True, None, None)
            )
        return self._environment[origin]

    def _unreachable(self, url: str, why: str) -> UnreachableError:
        setting = f"Check the setting '{self._setting}'."
        return UnreachableError(f"Cannot reach {find_origin(url)}: {why}. {setting}")


def _add_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def find_origin(url: str) -> str:
    """Return scheme, host and port of a URL.

    Raises:
        OriginError: If its port is not a port.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        raise OriginError("Refused to contact an address whose port is not a port.") from None
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"
