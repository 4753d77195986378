"""The run summary: what a run did, and what is left for a person to do."""

from __future__ import annotations

import json
import threading
import typing as t
from collections import Counter

from target_miimosa_leads.errors import RejectedError, UndeliveredError, UnknownOutcomeError

if t.TYPE_CHECKING:
    from target_miimosa_leads._kit.errors import KitError
    from target_miimosa_leads.settings import Settings

COUNTED = ("records", "created", "skipped", "rejected", "unknown", "planned", "requests", "waits")


class Summary:
    """Counts outcomes. Thread-safe.

    Counts are read by name: ``summary["rejected"]``.
    """

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Add to a count; the names are those of :data:`COUNTED`."""
        with self._lock:
            self._counts[name] += number

    def __getitem__(self, name: str) -> int:
        """Return a count, 0 if nothing was added to it."""
        return self._counts[name]

    def format_json(self, **more: t.Any) -> str:  # noqa: ANN401
        """Return all counts as JSON text, and further members after them."""
        return json.dumps({name: self._counts[name] for name in COUNTED} | more)

    def find_failure(self, settings: Settings, journal_counts: dict[str, int]) -> KitError | None:
        """Return what a person has to do, as the error that ends the run; None if nothing.

        Args:
            settings: Thresholds.
            journal_counts: Leads in the journal by status, also those of earlier runs.
        """
        todo: list[str] = []
        kinds: list[type[KitError]] = []
        if unknown := journal_counts.get("unknown", 0):
            kinds.append(UnknownOutcomeError)
            todo.append(
                f"{_leads(unknown)} of which nobody knows whether they arrived: ask MiiMOSA, then "
                "'target-miimosa-leads-journal resolve ID --delivered|--not-delivered'"
            )
        if self._too_many_rejected(settings):
            kinds.append(RejectedError)
            todo.append(
                f"{_leads(self['rejected'])} rejected: mend them in {settings.dead_letter_path} "
                "and feed the file to this target"
            )
        if self["planned"]:
            # Before the others: their codes say that everything else is delivered.
            kinds.insert(0, UndeliveredError)
            todo.append(f"{_leads(self['planned'])} not delivered yet: run again")
        if not todo:
            return None
        return kinds[0]("To do: " + "; ".join(todo) + ".")

    def _too_many_rejected(self, settings: Settings) -> bool:
        rejected = self["rejected"]
        allowed = settings.max_rejected_ratio * self["records"]
        return rejected > settings.max_rejected or rejected > allowed


def _leads(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"
