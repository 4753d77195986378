"""The dry run: what would be done with each record, without doing any of it."""

from __future__ import annotations

import secrets
import sys
import typing as t
from collections import Counter

from target_miimosa_leads.fingerprint import Fingerprints
from target_miimosa_leads.journal import open_existing
from target_miimosa_leads.policy import Action
from target_miimosa_leads.run import identity_of

if t.TYPE_CHECKING:
    import logging

    from target_miimosa_leads.journal import Row
    from target_miimosa_leads.run import Candidate
    from target_miimosa_leads.settings import Settings


class DryRun:
    """Stands in for a run; only reads the journal, if there is one.

    Args:
        settings: The configuration.
        logger: For the summary.
    """

    stopping = False

    def __init__(self, settings: Settings, logger: logging.Logger) -> None:
        """Open the journal for reading."""
        self._settings = settings
        self._logger = logger
        self._journal = open_existing(settings.journal_url)
        self._fingerprints = (
            self._journal.fingerprints if self._journal else Fingerprints(secrets.token_bytes(32))
        )
        self._seen: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._number = 0

    def offer(self, candidate: Candidate) -> None:
        """Print what would be done with a record."""
        self._number += 1
        identity = identity_of(candidate, self._fingerprints)
        digest = self._fingerprints.content(candidate.body)
        row = self._journal.find(identity) if self._journal else None
        action, reason = self._decide(row, identity, digest, candidate.errors)
        self._counts[action.value] += 1
        name = f"lead {row.id}" if row else f"record {self._number}"
        line = f"{action.value:<6} {candidate.stream} {name} ({identity[:12]})"
        sys.stderr.write(f"{line}: {reason}\n" if reason else f"{line}\n")

    def _decide(
        self, row: Row | None, identity: str, digest: str, errors: list[str]
    ) -> tuple[Action, str]:
        if identity in self._seen and not errors:
            if self._seen[identity] == digest:
                return Action.SKIP, "it came before in this input"
            if self._settings.policy.on_changed == "reject":
                return Action.REJECT, "it came before in this input, with other content"
        decision = self._settings.policy.decide(row, digest, errors)
        if decision.action is Action.SEND:
            self._seen[identity] = digest
        return decision.action, decision.reason

    def state(self, value: t.Any) -> None:  # noqa: ANN401
        """Emit nothing: nothing was done."""

    def finish(self, *, cleanly: bool = True) -> None:
        """Print the plan's totals."""
        if self._journal:
            self._journal.close()
        plan = ", ".join(f"{self._counts[action.value]} {action.value}" for action in Action)
        if cleanly:
            self._logger.info("Dry run, nothing was sent. Plan: %s.", plan)
