"""Paginators: the next page is where the API says it is, and a list that loops is an error.

A page token is an absolute URL, None for the first page. The SDK's paginators notice only a link
that points to its own page; :class:`LoopDetector` notices loops of any length.
"""

from __future__ import annotations

import functools
import typing as t
from urllib.parse import parse_qsl, urljoin, urlsplit

from ..errors import PaginationError
from ..http.body import describe, read_meta
from ..sdk_streams import PaginatorHooks
from .links import find_link
from .urls import is_plain, with_query

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


class UrlPaginator(PaginatorHooks):
    """Base of all: single page, no next one.

    Class attributes:
        one_list: Whether the pages belong to one list: when a later one may not be read, or rows
            are missing at the end, the list broke off.
    """

    one_list: bool = True

    def __init__(self) -> None:
        """Start at the first page."""
        super().__init__(None)

    def get_next(self, response: requests.Response) -> str | None:  # noqa: ARG002
        """Return the URL of the next page, or None after the last one."""
        return None

    def advance(self, response: requests.Response) -> None:
        """Move to the next page.

        Raises:
            PaginationError: If its link is none, or that of the page itself.
        """
        try:
            super().advance(response)
        except RuntimeError:
            message = f"The pages go in a circle: {describe(response)} links to itself."
            raise PaginationError(message) from None
        except ValueError:
            message = f"{describe(response)} links to a next page that is not a URL."
            raise PaginationError(message) from None

    def goes_on(self, response: requests.Response) -> bool:
        """Tell whether a page names a next one; asked any number of times."""
        return self.get_next(response) is not None

    def hides_rows(self, response: requests.Response) -> bool:  # noqa: ARG002
        """Tell whether an empty page is not the end, because rows have moved before it."""
        return False

    def total(self, response: requests.Response) -> int | None:  # noqa: ARG002
        """Return the number of rows over all pages, if the API tells it."""
        return None

    def rows_before(self, response: requests.Response) -> int | None:  # noqa: ARG002
        """Return how many rows stand on the pages before one, if its place tells."""
        return None

    def tells_end(self, response: requests.Response) -> bool:  # noqa: ARG002
        """Tell whether a page that names no next one says thereby that it is the last."""
        return True

    def shifted_rows(self, response: requests.Response) -> int:  # noqa: ARG002
        """Return how many rows have moved to pages that were read before, since the last page."""
        return 0

    def ahead(self, response: requests.Response) -> Iterator[str]:  # noqa: ARG002
        """Yield the URLs of the pages that will follow, if the first page tells how many.

        They are only guesses that save time: the walk itself goes by :meth:`get_next`.

        Args:
            response: The latest page.

        Yields:
            URLs, the next page's first.
        """
        yield from ()


class LinkPaginator(UrlPaginator):
    """Follows ``rel="next"`` of the Link header (RFC 8288), absolute or relative.

    Args:
        total_header: Header with the number of records over all pages, if the API has one.
        size_header: Header with the page size.
    """

    def __init__(self, total_header: str = "X-Total", size_header: str = "X-Per-Page") -> None:
        """Start at the first page."""
        super().__init__()
        self._total_header = total_header
        self._size_header = size_header
        self._total_before: int | None = None

    def get_next(self, response: requests.Response) -> str | None:
        """Return the target of ``rel="next"``, wherever it stands and whatever else it is."""
        return _find_next(response.url, response.headers.get("Link", ""))

    def total(self, response: requests.Response) -> int | None:
        """Return the total of the header."""
        return _integer(response.headers.get(self._total_header))

    def rows_before(self, response: requests.Response) -> int | None:
        """Return the rows of whole pages before."""
        query = dict(parse_qsl(urlsplit(response.url).query))
        page = _integer(query.get("page", 1))
        size = _integer(response.headers.get(self._size_header, query.get("per_page")))
        return None if page is None or size is None else (page - 1) * size

    def tells_end(self, response: requests.Response) -> bool:
        """Tell whether it has a header of a list in pages."""
        return self.total(response) is not None or "Link" in response.headers

    def shifted_rows(self, response: requests.Response) -> int:
        """Return by how much the total shrank: so many rows were removed before this page."""
        total, before = self.total(response), self._total_before
        self._total_before = total
        return 0 if total is None or before is None else max(0, before - total)

    def ahead(self, response: requests.Response) -> Iterator[str]:
        """Yield the following pages' URLs by counting up the page of the next link."""
        url, total = self.get_next(response), self.total(response)
        size = _integer(response.headers.get(self._size_header))
        if url is None or not total or not size:
            return
        page = _integer(dict(parse_qsl(urlsplit(url).query)).get("page"))
        if page is None:
            return
        # The page would lie in memory until the last guess.
        del response
        yield url
        for number in range(page + 1, -(-total // size) + 1):
            yield with_query(url, page=number)


class MetaNextPaginator(UrlPaginator):
    """Follows ``meta.next`` of the body verbatim: a query string, a path or a whole URL.

    Filters of the first request that the link dropped are merged back.

    Args:
        page: Names of parameters that belong to the page, not to the query.
    """

    def __init__(self, page: frozenset[str] = frozenset({"limit", "offset", "since"})) -> None:
        """Start at the first page."""
        super().__init__()
        self._page = page

    def get_next(self, response: requests.Response) -> str | None:
        """Return the URL of the next page."""
        link = read_meta(response).get("next")
        return _join_next(response.url, str(link), self._page) if link else None

    def goes_on(self, response: requests.Response) -> bool:
        """Tell whether ``meta.next`` names anything."""
        return bool(read_meta(response).get("next"))

    def total(self, response: requests.Response) -> int | None:
        """Return ``meta.total_count``."""
        return _integer(read_meta(response).get("total_count"))

    def rows_before(self, response: requests.Response) -> int | None:
        """Return the offset."""
        return _integer(dict(parse_qsl(urlsplit(response.url).query)).get("offset"))

    def tells_end(self, response: requests.Response) -> bool:
        """Tell whether it has a total, or ``meta.next``: null is how a last page is documented."""
        return "next" in read_meta(response) or self.total(response) is not None

    def ahead(self, response: requests.Response) -> Iterator[str]:
        """Yield the following pages' URLs by counting up the offset, where a total is told."""
        url = self.get_next(response)
        if url is None:
            return
        total = self.total(response)
        query = dict(parse_qsl(urlsplit(url).query))
        offset, size = _integer(query.get("offset")), _integer(query.get("limit"))
        if not total or offset is None or not size:
            return
        del response
        yield url
        for position in range(offset + size, total, size):
            yield with_query(url, offset=position)


class LoopDetector:
    """Watches the walk through a list: no page may come twice.

    Unless the total has changed: when rows are removed while pages are fetched ahead, the same rows
    may stand on one page before and on another one after that.

    Args:
        stream: Name for the error message.
    """

    def __init__(self, stream: str) -> None:
        """Start with no page seen."""
        self._stream = stream
        # Hashes only: a list may have tens of thousands of pages, and long links.
        self._tokens: set[int] = set()
        self._pages: set[int] = set()
        self._total: int | None = None

    def check(self, token: str | None, keys: tuple[t.Any, ...], total: int | None) -> None:
        """Take note of a page.

        Args:
            token: Its URL; None for the first page.
            keys: The primary keys of its rows.
            total: Number of rows of the whole list, as this page tells it; None if it does not.

        Raises:
            PaginationError: If the link, or a page with exactly these rows, was seen before.
        """
        page, link = hash(keys), hash(token)
        if total != self._total:
            self._total = total
            self._pages.clear()
        if (token and link in self._tokens) or (keys and page in self._pages):
            raise PaginationError(
                f"The pages of '{self._stream}' go in a circle: the API repeats a page."
            )
        if token:
            self._tokens.add(link)
        self._pages.add(page)


@functools.lru_cache(maxsize=64)
def _find_next(url: str, links: str) -> str | None:
    """Return the target of ``rel="next"``; asked several times for each page."""
    target = find_link(links, "next")
    return None if target is None else urljoin(url, target)


@functools.lru_cache(maxsize=64)
def _join_next(url: str, link: str, page: frozenset[str]) -> str:
    """Return the target of a link with what it lost of the query; asked several times each."""
    address, _, asked = url.partition("?")
    if link[:1] == "?" and is_plain(link[1:]) and is_plain(asked):
        # As on nearly every page: nothing has to be unquoted.
        names = page.union(pair.partition("=")[0] for pair in link[1:].split("&"))
        texts = {pair.partition("=")[0]: pair for pair in asked.split("&")}
        left = [text for name, text in texts.items() if name not in names]
        return "&".join([address + link, *left])
    target = urljoin(url, link)
    known = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    pairs = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    lost = {k: v for k, v in pairs.items() if k not in known and k not in page}
    return with_query(target, **lost) if lost else target


def _integer(text: object) -> int | None:
    try:
        return int(str(text))
    except ValueError:
        return None
