"""The run summary: what a run did, and what is left for a person to do."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter

from target_miimosa_leads._kit.runtime.summary_table import format_table
from target_miimosa_leads.errors import RejectedError, UndeliveredError, UnknownOutcomeError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from target_miimosa_leads._kit.errors import KitError
    from target_miimosa_leads.settings import Settings

COUNTED = ("records", "created", "skipped", "rejected", "unknown", "planned", "requests", "waits")
# Counted too, and told nowhere: rejected records whose lead has been delivered in the same run.
SETTLED = "settled"

# What a person reads in place of a name.
_READ_AS = {
    "records": "records read",
    "created": "leads delivered",
    "skipped": "delivered before",
    "rejected": "rejected",
    "unknown": "unknown whether they arrived",
    "planned": "not delivered yet",
    "requests": "requests",
    "waits": "waits for the API",
}


def format_counts(summary: Mapping[str, t.Any]) -> list[str]:
    """Return the summary as lines for a person."""
    rows = [(text, summary[name]) for name, text in _READ_AS.items()]
    return format_table(("outcome", "count"), rows)


class Waiting(t.NamedTuple):
    """How many leads wait for a person or for another run, from this run and earlier ones."""

    rejected: int
    unknown: int
    planned: int

    def describe(self, settings: Settings) -> str:
        """Return what is to be done about them; empty if none waits."""
        todo: list[str] = []
        if self.unknown:
            todo.append(
                f"{_leads(self.unknown)} of which nobody knows whether they arrived: ask MiiMOSA, "
                "then 'target-miimosa-leads-journal resolve ID --delivered|--not-delivered'"
            )
        if self.rejected:
            todo.append(
                f"{_leads(self.rejected)} rejected: mend them in {settings.dead_letter_path} "
                "and feed the file to this target"
            )
        if self.planned:
            todo.append(
                f"{_leads(self.planned)} not delivered yet: run again, or "
                "'target-miimosa-leads-journal replay'"
            )
        return "; ".join(todo)


class Summary:
    """Counts outcomes. Thread-safe.

    Counts are read by name: ``summary["rejected"]``.
    """

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Add to a count; the names are those of :data:`COUNTED`, and :data:`SETTLED`."""
        with self._lock:
            self._counts[name] += number

    def __getitem__(self, name: str) -> int:
        """Return a count, 0 if nothing was added to it."""
        return self._counts[name]

    def as_dict(self) -> dict[str, t.Any]:
        """Return all counts by their names."""
        return {name: self._counts[name] for name in COUNTED}

    def find_failure(self, settings: Settings, waiting: Waiting) -> KitError | None:
        """Return what a person has to do, as the error that ends the run; None if nothing.

        Args:
            settings: Thresholds.
            waiting: What has no outcome yet, also from earlier runs.
        """
        kinds: list[type[KitError]] = []
        if self["planned"]:
            # Before the others: their codes say that everything else is delivered.
            kinds.append(UndeliveredError)
        if waiting.unknown:
            kinds.append(UnknownOutcomeError)
        if self._too_many_rejected(settings):
            kinds.append(RejectedError)
        if not kinds:
            return None
        return kinds[0](f"To do: {waiting.describe(settings)}.")

    def _too_many_rejected(self, settings: Settings) -> bool:
        rejected = self["rejected"] - self[SETTLED]
        allowed = settings.max_rejected_ratio * self["records"]
        return rejected > settings.max_rejected or rejected > allowed


def _leads(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"
