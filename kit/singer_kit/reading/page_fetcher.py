"""Fetches the pages of one stream's lists, and finds the rows in them."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from ..http.body import CutContentError, leaving_lists, repaired
from .page_request import page_request

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from ..encoded_rows import Rows
    from ..http.answer import Answer
    from ..runtime.context import RunContext
    from .encoded_pages import EncodedPages
    from .source import ListSource


class PageFetcher:
    """Fetches the pages of one stream's lists.

    Args:
        stream: Name of the stream.
        source: The stream's hooks.
        run: What belongs to the run.
    """

    def __init__(self, stream: str, source: ListSource, run: RunContext) -> None:
        """Fetch nothing yet."""
        self._stream = stream
        self._source = source
        self._run = run

    def start(
        self,
        first: requests.PreparedRequest,
        encoded: EncodedPages | None,
        url: str | None,
        *,
        ahead: bool = True,
    ) -> Callable[[], Answer]:
        """Start the request of a page.

        Args:
            first: The request of the list's first page.
            encoded: Reads pages whose rows go out as they came; None where none do.
            url: Address of the page; None for the first one.
            ahead: Whether a worker requests it now; else it is requested in this thread, when its
                answer is asked for.

        Returns:
            What gives its answer.
        """
        request = first if url is None else page_request(first, url, self._stream)
        fetch = functools.partial(self._run.fetch, request, self._stream)
        envelopes = self._source.envelopes if encoded else ()

        def fetch_undecoded() -> Answer:
            with leaving_lists(envelopes):
                return fetch()

        pending = self._run.workers.submit(fetch_undecoded) if ahead else fetch_undecoded

        def answer() -> Answer:
            found = self._run.wait_for(pending)
            rows = encoded.read(found.response) if encoded else None
            if rows is not None:
                return replace(found, rows=rows)
            try:
                _ = found.data
            except CutContentError:
                # It only looked whole. Fetched here, it is decoded at once, with all its retries.
                found = self._run.wait_for(fetch)
            if texts := repaired(found.response):
                self._tell_repaired(texts)
            return found

        return answer

    def extract(self, answer: Answer) -> Rows:
        """Return the rows of an answer."""
        if answer.rows is not None:
            return answer.rows
        return self._source.extract_records(answer.data)

    def _tell_repaired(self, texts: int) -> None:
        """Count texts that were repaired, and say so once."""
        summary, stream = self._run.summary, self._stream
        if not summary.repaired[stream]:
            self._source.logger.warning(
                "Texts of '%s' hold half a character, bytes that are not UTF-8, or U+0000: "
                "replaced by U+FFFD, U+0000 left out.",
                stream,
            )
        summary.repaired[stream] += texts
