"""Sends requests through the connection pools of requests, without what its session does besides.

Hooks, history, authentication again at each redirect and a second look at proxies cost as much as
a small page. How a request is prepared, which proxy and which certificates count, and what is kept
of cookies stays as requests has it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import requests
import requests.adapters
from requests.cookies import extract_cookies_to_jar
from requests.utils import get_encoding_from_headers, select_proxy

from .body import WholeResponse
from .deadline import watch_connections

if t.TYPE_CHECKING:
    import urllib3
    from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True)
class _Origin:
    """How one origin is reached.

    Attributes:
        pool: Its connections, an ``urllib3.HTTPConnectionPool``.
        proxies: Proxies by scheme; empty if none is for this origin.
    """

    pool: t.Any
    proxies: dict[str, str]


class Connections(requests.adapters.HTTPAdapter):
    """The connections to all origins.

    Args:
        session: Knows proxies, certificates and cookies.
        pool_maxsize: Connections that are kept for each origin.
    """

    def __init__(self, session: requests.Session, *, pool_maxsize: int) -> None:
        """Open nothing yet."""
        super().__init__(pool_maxsize=pool_maxsize)
        self._session = session
        self._origins: dict[str, _Origin] = {}

    def open(
        self, request: requests.PreparedRequest, origin: str, timeout: urllib3.Timeout
    ) -> requests.Response:
        """Send a request, follow no redirect, and leave the body to be read.

        Args:
            request: The request.
            origin: Scheme, host and port of its URL.
            timeout: For the connection, and for each part of the answer.

        Raises:
            urllib3.exceptions.HTTPError: If there is no answer.
            requests.RequestException: If the address or a proxy cannot be used.
            OSError: If a certificate file is not there.
        """
        known = self._origins.get(origin) or self._find(request, origin)
        path = self.request_url(request, known.proxies) if known.proxies else request.path_url
        raw = known.pool.urlopen(
            method=request.method or "GET",
            url=path,
            body=request.body,
            headers=request.headers,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=self.max_retries,
            timeout=timeout,
        )
        if "Set-Cookie" in raw.headers:
            extract_cookies_to_jar(self._session.cookies, request, raw)  # type: ignore[no-untyped-call]
        return _response(request, raw)

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:  # noqa: ANN401
        """Make connections that end at a deadline."""
        super().init_poolmanager(*args, **kwargs)
        watch_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:  # noqa: ANN401
        """Make connections through a proxy that end at a deadline."""
        manager = super().proxy_manager_for(proxy, **options)
        watch_connections(manager)
        return manager

    def _find(self, request: requests.PreparedRequest, origin: str) -> _Origin:
        """Return how an origin is reached; to find that out is slow, and it stays."""
        settings = self._session.merge_environment_settings(origin, {}, None, None, None)
        verify, cert, proxies = settings["verify"], settings["cert"], settings["proxies"]
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        self.cert_verify(pool, request.url or "", verify, cert)  # type: ignore[no-untyped-call]
        used = dict(proxies) if select_proxy(request.url or "", proxies) else {}
        found = self._origins[origin] = _Origin(pool, used)
        return found


def _response(
    request: requests.PreparedRequest, raw: urllib3.BaseHTTPResponse
) -> requests.Response:
    """Return what requests makes of an answer; its cookies are in the session already."""
    response = WholeResponse()
    response.request = request
    response.url = request.url or ""
    response.raw = raw
    response.status_code = raw.status
    response.reason = raw.reason or ""
    # As case-insensitive as a dictionary of requests, and there already.
    response.headers = t.cast("CaseInsensitiveDict[str]", raw.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    return response
