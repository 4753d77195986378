"""What a run did, told at its end."""

from __future__ import annotations

import collections
import re
import threading
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ..http.budget import Budget

# So many names of fields are told of a stream.
MAX_NAMES = 50
# Other names may be values, such as e-mail addresses: those are only counted.
_NAME = re.compile(r"[A-Za-z_][\w.-]{,62}", re.ASCII)


class RunSummary:
    """Counts of one run. Thread-safe where workers count."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._requests: collections.Counter[str] = collections.Counter()
        self._retries: collections.Counter[str] = collections.Counter()
        self._refusals: collections.Counter[str] = collections.Counter()
        self.records: collections.Counter[str] = collections.Counter()
        self.skipped: collections.Counter[str] = collections.Counter()
        self.deleted: collections.Counter[str] = collections.Counter()
        self.repaired: collections.Counter[str] = collections.Counter()
        self._nulled: dict[str, collections.Counter[str]] = {}
        self.incomplete: set[str] = set()
        self._unknown: dict[str, set[str]] = {}
        self.denied: list[str] = []
        self.succeeded = False
        self.outcome = "failed"

    @property
    def requests(self) -> int:
        """Requests of all streams."""
        with self._lock:
            return sum(self._requests.values())

    def requested(self, stream: str) -> None:
        """Count a request that was sent, answered or not."""
        with self._lock:
            self._requests[stream] += 1

    def retried(self, stream: str) -> None:
        """Count a request that is sent again after a failure."""
        with self._lock:
            self._retries[stream] += 1

    def refused(self, stream: str) -> None:
        """Count a refusal (429, or 503 with Retry-After)."""
        with self._lock:
            self._refusals[stream] += 1

    def nulled(self, stream: str, field: str) -> int:
        """Count a value that became null because its schema forbids it; return how many did."""
        counts = self._nulled.setdefault(stream, collections.Counter())
        counts[field] += 1
        return counts[field]

    def note_unknown(self, stream: str, names: Iterable[str]) -> None:
        """Note names of fields that no schema declares."""
        known = self._unknown.setdefault(stream, set())
        if len(known) < MAX_NAMES:
            known.update(names)

    def as_dict(self, budget: Budget, *, states_written: int = 0) -> dict[str, t.Any]:
        """Return the summary as it is logged.

        Args:
            budget: For the time waited and the slots left.
            states_written: STATE messages.
        """
        counted = {*self._requests, *self.records, *self.skipped, *self.deleted}
        names = sorted(counted.union(self.incomplete) - {""})
        streams = {
            name: {
                key: value
                for key, value in (
                    ("records", self.records[name]),
                    ("requests", self._requests[name]),
                    ("retries", self._retries[name]),
                    ("refused", self._refusals[name]),
                    ("skipped_unchanged", self.skipped[name]),
                    ("deleted", self.deleted[name]),
                    ("repaired_texts", self.repaired[name]),
                    ("nulled_values", dict(self._nulled.get(name, {}))),
                    ("incomplete", name in self.incomplete),
                    ("unknown_fields", _list_names(self._unknown.get(name, ()))),
                )
                if value or key in {"records", "requests"}
            }
            for name in names
        }
        return {
            "outcome": self.outcome,
            "records": sum(self.records.values()),
            "requests": sum(self._requests.values()),
            "refused": sum(self._refusals.values()),
            "seconds_waited": round(budget.seconds_waited, 1),
            "budget_left": budget.left(),
            "states_written": states_written,
            "denied": self.denied,
            "streams": streams,
        }


def _list_names(names: Iterable[str]) -> list[str]:
    """Return names of fields as they may be told, sorted; the last entry counts the others."""
    every = list(names)
    told = sorted(filter(_NAME.fullmatch, every))[:MAX_NAMES]
    others = len(every) - len(told)
    return [*told, f"and {others} more"] if others else told
