"""The requests of a list: the first by its parameters, the others by the links to them."""

from __future__ import annotations

import typing as t

from singer_sdk import RESTStream
from singer_sdk.streams.rest import PageContext

from .content import CutContentError, repaired
from .errors import PaginationError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from singer_sdk.helpers import types

    from .session import Answer
    from .tap import ApiTap


class Requesting(RESTStream["str | None"]):
    """The part of :class:`~.reading.ListReading` that asks for pages."""

    _tap: ApiTap

    def request_for(self, context: types.Context) -> requests.PreparedRequest:
        """Build the request of a context's first page."""
        request = self.get_http_request(
            page=PageContext(stream_context=context, next_page_token=None)
        )
        return self.build_prepared_request(
            method=request.method,
            url=request.url,
            params=request.encode_params(),
            headers=request.headers,
        )

    def ask(self, first: requests.PreparedRequest, url: str | None) -> Callable[[], Answer]:
        """Start the request of a page and return what gives its answer.

        Args:
            first: Request of the list's first page.
            url: URL of the page; None for the first one.

        Raises:
            PaginationError: If the URL is none.
        """
        request = first if url is None else self._request_to(url, first)
        pending = self._tap.workers.submit(lambda: self._tap.fetch(request, self.name))
        return lambda: self._answer(pending, request)

    def _request_to(self, url: str, first: requests.PreparedRequest) -> requests.PreparedRequest:
        request = first.copy()
        try:
            request.prepare_url(url, None)
        except ValueError:
            raise PaginationError(f"A link to the next page of '{self.name}' is no URL.") from None
        return request

    def _answer(self, pending: Callable[[], Answer], request: requests.PreparedRequest) -> Answer:
        answer = self._tap.wait_for(pending)
        try:
            _ = answer.data
        except CutContentError:
            # It only looked whole. Fetched here, it is decoded at once, with all its retries.
            answer = self._tap.wait_for(lambda: self._tap.fetch(request, self.name))
        if texts := repaired(answer.response):
            self._tell_repaired(texts)
        return answer

    def _tell_repaired(self, texts: int) -> None:
        """Count texts that were repaired, and say so once."""
        summary = self._tap.summary
        if not summary.repaired[self.name]:
            self.logger.warning(
                "Texts of '%s' hold half a character, bytes that are no UTF-8, or U+0000: replaced "
                "by U+FFFD, U+0000 left out.",
                self.name,
            )
        summary.repaired[self.name] += texts
