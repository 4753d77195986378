"""Follows Ulule's lists where the plain walk by ``meta.next`` would lose rows.

Two lists can: one by offset, when rows before the position are removed, and one by ``since``,
whose cursor knows only whole seconds.
"""

from __future__ import annotations

import typing as t
from urllib.parse import parse_qsl, urlsplit

from tap_ulule._kit.compat import override
from tap_ulule._kit.http.body import decoded, read_meta
from tap_ulule._kit.paging.paginators import MetaNextPaginator
from tap_ulule._kit.paging.urls import with_query
from tap_ulule._kit.times import instant_or_none

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tap_ulule._kit.records import Record

# Fields of which one or two together are the key of every list by ``since``.
_KEYS = ("id", "slug", "type", "time")


class UlulePaginator(MetaNextPaginator):
    """Follows ``meta.next`` verbatim, and steps back where rows may have slipped by.

    - The total of a list by offset shrank: the following rows have moved up, so the walk goes on
      that many rows earlier. What comes twice is dropped by key.
    - The cursor of a list by ``since`` would cut through a second: it asks for one second more, in
      the direction in which the list goes.
    - A whole page lies within one second, so that a cursor cannot go on: the walk goes on by
      offset, which these lists accept too.

    Args:
        moment: Field by which the list is sorted, newest first, if it is known.
        select: Returns the rows of an answer.
    """

    def __init__(self, moment: str | None, select: Callable[[t.Any], list[Record]]) -> None:
        """Start at the first page."""
        super().__init__()
        self._moment = moment
        self._select = select
        self._total: int | None = None
        self._seen: set[t.Any] = set()

    @override
    def hides_rows(self, response: requests.Response) -> bool:
        """Tell whether the total shrank so much that the page came out empty."""
        total = read_meta(response).get("total_count")
        return isinstance(total, int) and self._total is not None and total < self._total

    @override
    def get_next(self, response: requests.Response) -> str | None:
        """Return the URL of the next page."""
        meta = read_meta(response)
        url = super().get_next(response)
        total, before = meta.get("total_count"), self._total
        if isinstance(total, int):
            self._total = total
            if before is not None and total < before:
                return self._back(response, meta, before - total)
        if url is None or "since=" not in url:
            return url
        query = dict(parse_qsl(urlsplit(url).query))
        return self._by_second(response, url, query) if "since" in query else url

    def _back(self, response: requests.Response, meta: dict[str, t.Any], removed: int) -> str:
        """Return a page that begins before the latest one.

        It is one row shorter, so that it differs from every page seen, should it be one of them.
        """
        offset, limit = int(meta.get("offset") or 0), int(meta.get("limit") or 2)
        start = max(0, offset - removed - 1)
        return with_query(response.url, offset=start, limit=max(1, limit - 1))

    def _by_second(self, response: requests.Response, url: str, query: dict[str, str]) -> str:
        rows = self._select(decoded(response))
        self._seen |= {tuple(str(row.get(name)) for name in _KEYS) for row in rows}
        moments = [instant_or_none(row.get(self._moment or "")) for row in rows]
        seconds = [int(moment.timestamp()) for moment in moments if moment]
        if not seconds or len(seconds) < len(rows):
            return url
        if seconds[0] == seconds[-1]:
            bare = with_query(response.url, offset=len(self._seen))
            parts = urlsplit(bare)
            kept = [pair for pair in parts.query.split("&") if not pair.startswith("since=")]
            return parts._replace(query="&".join(kept)).geturl()
        if query["since"].isdecimal() and int(query["since"]) == seconds[-1]:
            # No document gives a direction to threads and their messages.
            step = 1 if seconds[0] > seconds[-1] else -1
            return with_query(url, since=seconds[-1] + step)
        return url
