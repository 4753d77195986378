"""Reads the head of a response: as http.client does it, and for less where the head is plain.

http.client leaves headers to the parser for e-mail, which costs a tenth of a page. A head that
arrived whole and holds nothing unusual is read here; any other is left to http.client, so that what
is refused, and how, stays its matter.
"""

from __future__ import annotations

import http.client
import re
import typing as t
from http import HTTPStatus

from ..compat import override

# Visible ASCII only, no line goes on in the next one: then a name, a colon and a value are all that
# the parser for e-mail finds, too.
_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2}) ([!-~][ -~]*)\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n"
)
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
# http.client refuses about a hundred.
_MOST_HEADERS = 50


class FinalResponse(http.client.HTTPResponse):
    """Waits for the final response: http.client takes 103 for one."""

    def __init__(
        self,
        sock: t.Any,  # noqa: ANN401 - a socket, plain or of TLS
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        """Read nothing yet."""
        super().__init__(sock, debuglevel, method, url)
        self._may_be_plain = method == "GET" and not debuglevel

    @override
    def begin(self) -> None:
        if self._may_be_plain and self.headers is None and self._read_plain_head():
            return
        super().begin()
        while self.status < HTTPStatus.OK and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()

    def _read_plain_head(self) -> bool:
        """Read a head that is at hand as a whole, and say what http.client says of it.

        Returns:
            Whether it could be read; if not, nothing was taken.
        """
        found = _HEAD.match(self.fp.peek(1))
        if found is None:
            return False
        status, lines = int(found[1]), found[3].decode("ascii").split("\r\n")[:-1]
        if status in _WITHOUT_BODY or len(lines) > _MOST_HEADERS:
            return False
        headers = http.client.HTTPMessage()
        for line in lines:
            name, _, value = line.partition(":")
            headers.set_raw(name, value.lstrip(" \t"))
        length = headers.get("Content-Length") or ""
        if length and not length.isdecimal():
            return False
        self.fp.read(found.end())
        self.version, self.code, self.status = 11, status, status
        self.reason = found[2].decode("ascii").strip()
        self.headers = self.msg = headers
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = int(length) if length and not self.chunked else None
        closes = "close" in headers.get("Connection", "").lower()
        self.will_close = closes or (not self.chunked and self.length is None)
        return True
