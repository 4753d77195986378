"""What is logged of single leads: the first of each kind one by one, the others by their reason."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter

if t.TYPE_CHECKING:
    import logging

# A person reads ten; of a thousand lines nobody finds the one that differs.
TOLD_ONE_BY_ONE = 10
_MOST_REASONS = 5
# What is said of one lead, and of several.
_PHRASES = {
    "rejected": ("was rejected", "were rejected"),
    "held": ("is held", "are held"),
    "unknown": ("may or may not have arrived", "may or may not have arrived"),
}


class LeadLog:
    """Warns of leads that are not simply delivered. Thread-safe.

    Args:
        logger: Leads are logged by their journal id, never by their content.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Begin with nothing told."""
        self._logger = logger
        self._lock = threading.Lock()
        self._told: Counter[str] = Counter()
        self._untold: dict[str, Counter[str]] = {}

    def warn(self, kind: str, lead_id: int, reason: str) -> None:
        """Warn of a lead, or count it if that many were told already.

        Args:
            kind: What became of it: rejected, held, or unknown.
            lead_id: Its id in the journal.
            reason: Why; free of the lead's content.
        """
        with self._lock:
            self._told[kind] += 1
            if self._told[kind] > TOLD_ONE_BY_ONE:
                self._untold.setdefault(kind, Counter())[reason] += 1
                return
        self._logger.warning("Lead %d %s: %s", lead_id, _PHRASES[kind][0], reason)

    def warn_of_others(self) -> None:
        """Warn of all that were only counted, in one line for each kind."""
        for kind, reasons in self._untold.items():
            one, several = _PHRASES[kind]
            told = [f"{reason} ({count})" for reason, count in reasons.most_common(_MOST_REASONS)]
            if rest := len(reasons) - len(told):
                told.append(f"other reasons ({rest})")
            count = sum(reasons.values())
            who = f"1 more lead {one}" if count == 1 else f"{count} more leads {several}"
            self._logger.warning("%s: %s", who, "; ".join(told))
