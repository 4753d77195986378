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
        """Add to a count; the names are those of :data:`COUNTED`."""
        with self._lock:
            self._counts[name] += number

    def __getitem__(self, name: str) -> int:
        """Return a count, 0 if nothing was added to it."""
        return self._counts[name]

    def format_json(self, **more: t.Any) -> str:  # noqa: ANN401
        """Return all counts as JSON text, and further members after them."""
        return json.dumps({name: self._counts[name] for name in COUNTED} | more)

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
        rejected = self["rejected"]
        allowed = settings.max_rejected_ratio * self["records"]
        return rejected > settings.max_rejected or rejected > allowed


def _leads(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"
