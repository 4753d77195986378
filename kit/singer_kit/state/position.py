"""Where the reading of a stream stopped, so that the next run goes on there.

A run may end in the middle of a list: by a signal, a failure, or a request budget that is used up.
Incremental bookmarks only move when a list was read to its end, so without a position a list longer
than one run's budget would be started over for ever. The position lives in the stream's state::

    "resume": {"at": 1795643878,
               "contexts": {"query": "4884c8315b6e11f1", "done": "9a3fb2c1d4e5f607"},
               "list": {"query": "4884c8315b6e11f1", "page": {"page": "2"}, "last": "c86b45f5"}}

It is only used for the very same query, within a day, and only if the page still holds the row that
was emitted last: rows may have shifted since, and then the list is rather read again than a row
lost.
"""

from __future__ import annotations

import functools
import re
import time
import typing as t
from urllib.parse import parse_qsl, urlsplit

STATE_KEY = "resume"
EXPIRY_SECONDS = 86_400
# A query in which nothing is quoted.
_UNQUOTED = re.compile(r"[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*(?:&[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*)*")

if t.TYPE_CHECKING:
    from .known_keys import KnownKeys

Position = dict[str, t.Any]


def is_fresh(at: object, now: int) -> bool:
    """Tell whether what a run left is young enough to go on from, and not of the future.

    Args:
        at: Epoch seconds; anything else for nothing.
        now: Epoch seconds.
    """
    return isinstance(at, int) and abs(now - at) < EXPIRY_SECONDS


class StreamPosition:
    """The position of one stream.

    Args:
        bookmarks: The states of all streams, by name.
        stream: The stream's name.

    Attributes:
        started_at: When the run began that this one continues, or this one; epoch seconds.
        resumed: Whether this run goes on where another one stopped.
    """

    def __init__(self, bookmarks: dict[str, dict[str, t.Any]], stream: str) -> None:
        """Take over what the last run left, if it is fresh."""
        self._bookmarks = bookmarks
        self._stream = stream
        self.started_at = int(time.time())
        self.resumed = False
        saved: Position = bookmarks.get(stream, {}).get(STATE_KEY) or {}
        if not is_fresh(saved.get("at"), self.started_at):
            self.end()
            saved = {}
        self._saved = dict(saved)

    def in_list(self, query: str) -> Position | None:
        """Return the position in a list, if the last run stopped in this one.

        Args:
            query: Fingerprint of the list's query.
        """
        saved = self._saved.get("list")
        if not saved or saved.get("query") != query:
            return None
        del self._saved["list"]
        self._resume()
        return t.cast("Position", saved)

    def contexts_done(self, query: str, contexts: list[str]) -> int:
        """Return how many contexts were read to their end by the last run.

        Args:
            query: Fingerprint of all contexts together.
            contexts: Fingerprints of the contexts in order.
        """
        saved = self._saved.pop("contexts", None)
        if not saved or saved.get("query") != query or saved["done"] not in contexts:
            return 0
        self._resume()
        return contexts.index(saved["done"]) + 1

    def _resume(self) -> None:
        self.started_at = min(self.started_at, int(self._saved["at"]))
        self.resumed = True

    def _slot(self) -> Position:
        # The stream has a state only once there is something to remember.
        slot: Position = self._bookmarks.setdefault(self._stream, {}).setdefault(STATE_KEY, {})
        slot["at"] = self.started_at
        return slot

    def note_context(self, query: str, context: str) -> None:
        """Note that a context was read to its end."""
        self._slot()["contexts"] = {"query": query, "done": context}

    def note_row(
        self,
        query: str,
        page: dict[str, str],
        last: str,
        *,
        newest: str | None = None,
        latest: str | None = None,
        marker: str | None = None,
        keys: list[str] | None = None,
    ) -> None:
        """Note that everything up to a row was emitted.

        Args:
            query: Fingerprint of the list's query.
            page: What tells the row's page from the first one.
            last: Fingerprint of the row.
            newest: The latest timestamp by which a newest-first list is sorted.
            latest: The latest replication value so far.
            marker: What the parent said when the reading of the list began.
            keys: Those of the pages up to this one; see :class:`~.page_keys.PageKeys`.
        """
        where = {"query": query, "page": page, "last": last}
        more = {"newest": newest, "latest": latest, "signal": marker, "keys": keys}
        self._slot()["list"] = where | {k: v for k, v in more.items() if v is not None}

    def leave_keys_to(self, known: KnownKeys, name: str, query: str) -> None:
        """Keep no keys of a list of which the known ones are all that came, these included.

        Args:
            known: The keys that are known of the stream's lists.
            name: Names the list there.
            query: Fingerprint of the list's query.
        """
        place = self._bookmarks.get(self._stream, {}).get(STATE_KEY, {}).get("list", {})
        if "keys" in place and place["query"] == query and known.is_partial(name):
            place["keys"] = []

    def end_list(self) -> None:
        """Note that a list was read to its end, or given up."""
        slot = self._bookmarks.get(self._stream, {}).get(STATE_KEY)
        if slot and slot.pop("list", None) and "contexts" not in slot:
            self.end()

    def end(self) -> None:
        """Note that the whole stream was read."""
        self._bookmarks.get(self._stream, {}).pop(STATE_KEY, None)


def page_difference(url: str | None, first: str) -> dict[str, str]:
    """Return the query parameters by which a page differs from the first one.

    Only these are kept: the others may be personal, such as an e-mail address.
    """
    if url is None:
        return {}
    base = _query(first)
    return {k: v for k, v in _pairs(url) if base.get(k) != v}


def _pairs(url: str) -> list[tuple[str, str]]:
    """Return the query parameters of a page; asked for each page, and mostly nothing is quoted."""
    query = url.partition("?")[2]
    if _UNQUOTED.fullmatch(query):
        return [(k, v) for k, _, v in (pair.partition("=") for pair in query.split("&")) if v]
    return parse_qsl(urlsplit(url).query)


@functools.lru_cache(maxsize=64)
def _query(url: str) -> dict[str, str]:
    """Return the query of a list's first page; asked for each page."""
    return dict(parse_qsl(urlsplit(url).query))
