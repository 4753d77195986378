"""A bookmark belongs to the query whose answers it speaks for.

Whatever changes what a list returns (the identity of the credentials, an impersonated user,
filters, a language, a ``start_date`` moved back) makes the bookmark worthless: rows older than it
were never read by the new query. So a stream's state keeps a fingerprint of the query beside its
bookmark or change markers::

    "query": {"fingerprint": "4884c8315b6e11f1", "start_date": "2024-01-01T00:00:00Z",
              "selection": ["comment_replies", "project_comments"], "deletions": true}

An empty ``start_date`` means none. ``selection`` names the streams, this one and those below it,
that got the rows: what has not changed since is not read again for one that is selected later.
``deletions`` says that deleted rows were looked for, so that the keys of what came are known. A
state without a fingerprint, of an older version, is taken as it is.
"""

from __future__ import annotations

import typing as t

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from ..fingerprints import fingerprint
from ..held_back import list_held_back
from ..times import as_text, instant

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Collection
    from datetime import datetime

STATE_KEY = "query"
# What only those runs leave that look for deleted rows; older versions told it by nothing else.
_KEYS_OF_DELETIONS = ("known", "census")


class QueryBinding:
    """Tells whether a stream's state belongs to the query that is asked now.

    Args:
        state: The stream's writable state.
        fingerprint: Of the query, without what moves from run to run.
        start_date: Earliest data that is asked for; None for all.
        identity: Fingerprint of the query without what the settings hold back; that of the query
            if there is none.
        selection: Names of the selected streams that get rows of this one's lists; None where they
            remember themselves what they got.
        in_state: Names of the streams that the state knows, for those of older versions.
        deletions: Whether deleted rows are looked for.

    Attributes:
        fingerprint: As given.
        identity: As given: whoever holds back more or less knows the keys of the same rows.
        mark: Stands for all that decides which rows come, and what is kept of them.
        asked_since: Since when rows are asked for; None for all. Where a list is read anew, that is
            before a ``start_date`` that was moved on: a target may delete what does not come.
    """

    def __init__(
        self,
        state: dict[str, t.Any],
        fingerprint: str,
        start_date: datetime | None,
        *,
        identity: str | None = None,
        selection: Collection[str] | None = None,
        in_state: Collection[str] = (),
        deletions: bool = False,
    ) -> None:
        """Compare with what the last run left."""
        self._state = state
        self.fingerprint = fingerprint
        self.identity = identity or fingerprint
        self._start_date = as_text(start_date) if start_date else ""
        self._selection = selection
        stored = state.get(STATE_KEY) or {}
        known = stored.get("start_date", self._start_date)
        self._same = stored.get("fingerprint", fingerprint) == fingerprint and not (
            self._reaches_back(known)
        )
        before = stored.get("selection", in_state) if stored else selection
        self._joined = sorted(set(selection or ()).difference(before or ()))
        looked = stored.get("deletions", any(name in state for name in _KEYS_OF_DELETIONS))
        self._deletions = deletions
        self._unknown_keys = bool(stored) and deletions and not looked
        self.mark = f"{fingerprint} {deletions}"
        self.matches = self._same and not self._joined and not self._unknown_keys
        if self._same and not self._joined and self._start_date:
            # What was read before the present start_date stays read.
            self._start_date = known
        self.asked_since = start_date if self.matches else self.start_date

    @classmethod
    def of_stream(cls, stream: t.Any) -> QueryBinding:  # noqa: ANN401 - of the kit
        """Return the binding of a stream of the kit, and log what it found."""
        # Of whatever was held back, the rows are read anew without that; their keys stay known.
        identity = stream.query_identity()
        names = [each.name for each in (stream, *stream.descendent_streams)]
        held_back = list_held_back(stream.config, names)
        tracked = stream.rereads_for_children and stream.descendent_streams
        # A full table holds what is older than start_date, too.
        full = stream.replication_key and stream.replication_method != REPLICATION_INCREMENTAL
        binding = cls(
            stream.stream_state,
            fingerprint(*identity, *held_back),
            None if full else stream.run.start_date,
            identity=fingerprint(*identity),
            selection=stream.reader.spec.selection if tracked else None,
            in_state=stream.tap_state.get("bookmarks", {}),
            deletions=stream.tap.detects_deletions,
        )
        binding.log(stream.logger, stream.name)
        return binding

    @property
    def start_date(self) -> datetime | None:
        """Since when rows were read: it may be before the present setting; None for all."""
        return instant(self._start_date) if self._start_date else None

    def _reaches_back(self, known: str) -> bool:
        """Tell whether data is asked for that is older than what was asked for before."""
        if not known:
            return False
        return not self._start_date or instant(self._start_date) < instant(known)

    def log(self, logger: logging.Logger, stream: str) -> None:
        """Say so if the state belongs to another query."""
        if not self._same:
            logger.info(
                "'%s' is read anew: its state belongs to another query (credentials, filters, "
                "language, version, start_date or what is held back).",
                stream,
            )
        elif self._joined:
            logger.info(
                "'%s' is read anew for what is selected now and was not before: %s.",
                stream,
                ", ".join(self._joined),
            )
        elif self._unknown_keys:
            logger.info(
                "'%s' is read anew: deleted records are looked for, and were not before.", stream
            )

    def commit(self) -> None:
        """Note that the state speaks for this query from now on."""
        self._state[STATE_KEY] = {
            "fingerprint": self.fingerprint,
            "start_date": self._start_date,
            "deletions": self._deletions,
        }
        if self._selection is not None:
            self._state[STATE_KEY]["selection"] = list(self._selection)
