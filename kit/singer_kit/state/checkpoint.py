"""How the state of a stream is written: what others merge key by key, they replace as a whole.

Meltano merges a new state into the stored one, after a full refresh always, object by object: what
a run has removed comes back, and what two runs wrote gets mixed. A list is replaced. So everything
that the kit keeps beside the bookmark is written as a list of one object::

    {"replication_key": "updated_at", "replication_key_value": "2026-01-31T12:00:00Z",
     "checkpoint": [{"query": {...}, "overlap": {...}}]}

In memory it all stands side by side, as older versions wrote it: such states are read, too.

A stream that a run has not come to yet is written as one without a bookmark (an empty text) and
with an empty checkpoint. Otherwise a full refresh, which begins without a state, would leave it
with the bookmark of before.
"""

from __future__ import annotations

import typing as t

from ..sdk import PROGRESS_MARKERS, SIGNPOST_MARKER, STARTING_MARKER
from . import known_keys
from .bookmarks import BOOKMARK

CHECKPOINT = "checkpoint"
REPLICATION_KEY = "replication_key"
_BOOKMARK_KEYS = frozenset({REPLICATION_KEY, BOOKMARK})
# What the SDK keeps for the length of a run, and for streams with a bookmark per parent.
_PASSING = frozenset({PROGRESS_MARKERS, SIGNPOST_MARKER, STARTING_MARKER, "partitions"})

Entry = t.Mapping[str, t.Any]


def pack(bookmarks: t.Mapping[str, Entry], keys: t.Mapping[str, str | None]) -> dict[str, t.Any]:
    """Return the states of all streams as they are written.

    Args:
        bookmarks: As they are in memory, by stream.
        keys: The streams of this run, each with its replication key.
    """
    blank: dict[str, Entry] = {
        name: {REPLICATION_KEY: key, BOOKMARK: ""} if key else {} for name, key in keys.items()
    }
    return {
        name: _pack_entry({**blank.get(name, {}), **bookmarks.get(name, {})})
        for name in {**bookmarks, **blank}
    }


def _pack_entry(entry: Entry) -> dict[str, t.Any]:
    marks = {k: v for k, v in entry.items() if k not in _BOOKMARK_KEYS | _PASSING}
    if known_keys.STATE_KEY in marks:
        marks[known_keys.STATE_KEY] = known_keys.fold(marks[known_keys.STATE_KEY])
    bookmark = {k: v for k, v in entry.items() if k in _BOOKMARK_KEYS}
    return {**bookmark, CHECKPOINT: [marks] if marks else []}


def unpack(entry: Entry) -> dict[str, t.Any]:
    """Return the state of a stream as it is kept in memory.

    Args:
        entry: As it was written, by this version or an older one.

    Raises:
        ValueError: If its checkpoint is not a list of one object at the most.
    """
    marks: t.Any = [entry]
    if CHECKPOINT in entry:
        # Whatever stands beside it was left there by an older version.
        marks = entry[CHECKPOINT]
    if not isinstance(marks, list) or len(marks) > 1 or not all(isinstance(m, dict) for m in marks):
        raise ValueError(CHECKPOINT)
    bookmark = {k: v for k, v in entry.items() if k in _BOOKMARK_KEYS and entry.get(BOOKMARK) != ""}
    found = {k: v for each in marks for k, v in each.items() if k not in _BOOKMARK_KEYS | _PASSING}
    if isinstance(known := found.get(known_keys.STATE_KEY), dict):
        found[known_keys.STATE_KEY] = known_keys.unfold(known)
    return {**found, **bookmark}
