"""Where the reading of a stream stopped, so that the next run goes on there.

A run may end in the middle of a list: by a signal, a failure, or a request budget that is used up.
Incremental bookmarks only move when a list was read to its end, so without a position a list longer
than one run's budget would be started over for ever. The position lives in the stream's state:
``{"at": …, "contexts": {"query": …, "done": …}, "list": {"query": …, "page": {…}, "last": …}}``.
``at`` is in epoch seconds, whole ones: loaders cannot write fractions (:func:`.state.whole`).

It is only used for the very same query, within a day, and only if the page still holds the row that
was out last: rows may have shifted since, and then the list is rather read again than a row lost.
"""

from __future__ import annotations

import hashlib
import time
import typing as t
from urllib.parse import parse_qsl, urlsplit

STATE_KEY = "resume"
EXPIRY_SECONDS = 86_400

Position = dict[str, t.Any]


def fingerprint(*parts: object) -> str:
    """Return a short text that stands for values which may be long or personal."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Resume:
    """The position of one stream.

    Args:
        bookmarks: The states of all streams, by name.
        stream: The stream's name.
    """

    def __init__(self, bookmarks: dict[str, dict[str, t.Any]], stream: str) -> None:
        """Take over what the last run left, if it is fresh."""
        self._bookmarks = bookmarks
        self._stream = stream
        self.started_at = int(time.time())
        saved: Position = bookmarks.get(stream, {}).get(STATE_KEY) or {}
        if saved and self.started_at - saved["at"] >= EXPIRY_SECONDS:
            self.done()
            saved = {}
        self._saved = dict(saved)
        self.resumed = False

    def position(self, query: str) -> Position | None:
        """Return the position in a list, if the last run stopped in this one.

        Args:
            query: Fingerprint of the list's query.
        """
        saved = self._saved.get("list")
        if not saved or saved["query"] != query:
            return None
        del self._saved["list"]
        self._take_over()
        return t.cast("Position", saved)

    def contexts_done(self, query: str, contexts: list[str]) -> int:
        """Return how many contexts were read to their end by the last run.

        Args:
            query: Fingerprint of all contexts together.
            contexts: Fingerprints of the contexts in order.
        """
        saved = self._saved.pop("contexts", None)
        if not saved or saved["query"] != query or saved["done"] not in contexts:
            return 0
        self._take_over()
        return contexts.index(saved["done"]) + 1

    def _take_over(self) -> None:
        self.started_at = min(self.started_at, self._saved["at"])
        self.resumed = True

    def _slot(self) -> Position:
        # The stream has a state only once there is something to remember.
        slot: Position = self._bookmarks.setdefault(self._stream, {}).setdefault(STATE_KEY, {})
        slot["at"] = self.started_at
        return slot

    def context_done(self, query: str, context: str) -> None:
        """Note that a context was read to its end."""
        self._slot()["contexts"] = {"query": query, "done": context}

    def list_reached(
        self,
        query: str,
        page: dict[str, str],
        last: str,
        *,
        newest: str | None = None,
        latest: str | None = None,
        signal: str | None = None,
    ) -> None:
        """Note that everything up to a row is out.

        Args:
            query: Fingerprint of the list's query.
            page: What tells the row's page from the first one.
            last: Fingerprint of the row.
            newest: The latest timestamp by which a newest-first list is sorted.
            latest: The latest replication value so far.
            signal: What the parent said when the reading of the list began.
        """
        where = {"query": query, "page": page, "last": last}
        more = {"newest": newest, "latest": latest, "signal": signal}
        self._slot()["list"] = where | {k: v for k, v in more.items() if v is not None}

    def list_done(self) -> None:
        """Note that a list was read to its end, or given up."""
        slot = self._bookmarks.get(self._stream, {}).get(STATE_KEY)
        if slot:
            slot.pop("list", None)
            if set(slot) <= {"at"}:
                self.done()

    def done(self) -> None:
        """Note that the whole stream was read."""
        self._bookmarks.get(self._stream, {}).pop(STATE_KEY, None)


class Round:
    """The streams that are done with, when a budget stops a run before the others.

    The next run goes on with those others first: a budget that the first streams use up every time,
    be it with one request for news each, would otherwise starve the last one for ever.

    Args:
        state: The tap's state.
    """

    KEY = "round"

    def __init__(self, state: t.Any) -> None:  # noqa: ANN401 - a TypedDict of the SDK
        """Take over, and out of the state, what a stopped run left."""
        self._state = state
        now = int(time.time())
        self._before: dict[str, int] = {}
        for name, bookmark in state.get("bookmarks", {}).items():
            at = bookmark.pop(self.KEY, None)
            if at is not None and now - at < EXPIRY_SECONDS:
                self._before[name] = at
        self._done = dict(self._before)
        self._started_at = min(self._done.values(), default=now)

    def is_done(self, stream: str) -> bool:
        """Tell whether the run that this one continues has read a stream."""
        return stream in self._before

    def done(self, stream: str) -> None:
        """Note that a stream was read."""
        self._done[stream] = self._started_at

    def leave(self) -> None:
        """Leave to the next run what is done, this one being stopped."""
        for name, at in self._done.items():
            self._state.setdefault("bookmarks", {}).setdefault(name, {})[self.KEY] = at


def page_of(url: str | None, first: str) -> dict[str, str]:
    """Return the query parameters by which a page differs from the first one.

    Only these are kept: the others may be personal, such as an e-mail address.
    """
    if url is None:
        return {}
    base = dict(parse_qsl(urlsplit(first).query))
    return {k: v for k, v in parse_qsl(urlsplit(url).query) if base.get(k) != v}
