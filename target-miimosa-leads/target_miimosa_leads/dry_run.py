"""The dry run: what would be done with each record, without doing any of it."""

from __future__ import annotations

import secrets
import sys
import typing as t
from collections import Counter

from target_miimosa_leads._kit.redaction import clean
from target_miimosa_leads.journal.opening import open_existing
from target_miimosa_leads.journal.recognition import find_known, recognize
from target_miimosa_leads.leads.fingerprint import Fingerprints
from target_miimosa_leads.leads.offer import Offer
from target_miimosa_leads.leads.policy import Action

if t.TYPE_CHECKING:
    import logging

    from target_miimosa_leads.leads.offer import Candidate
    from target_miimosa_leads.settings import Settings


class DryRun:
    """Takes the place of a run; only reads the journal, if there is one.

    Args:
        settings: The configuration.
        logger: For the summary.
    """

    def __init__(self, settings: Settings, logger: logging.Logger) -> None:
        """Open the journal for reading."""
        self._settings = settings
        self._logger = logger
        self._journal = open_existing(settings.journal_url, settings.journal_schema)
        self._fingerprints = (
            self._journal.fingerprints if self._journal else Fingerprints(secrets.token_bytes(32))
        )
        self._seen: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._number = 0

    @property
    def stopping(self) -> bool:
        """Never: the whole input is read."""
        return False

    def offer(self, candidate: Candidate) -> None:
        """Print what would be done with a record."""
        self._number += 1
        journal, known = self._journal, None
        digest = self._fingerprints.hash_content(candidate.body)
        if journal is None:
            identity = candidate.compute_identity(self._fingerprints)
        else:
            identity = recognize(journal, candidate)
            known = find_known(journal, candidate, identity, digest)
        offer = Offer(self._number, candidate, identity, digest, known)
        action, reason = self._decide(offer)
        self._counts[action.value] += 1
        name = f"lead {offer.known.id}" if offer.known else f"record {offer.ticket}"
        line = f"{action.value:<6} {candidate.stream} {name} ({identity[:12]})"
        sys.stderr.write(clean(f"{line}: {reason}" if reason else line) + "\n")

    def _decide(self, offer: Offer) -> tuple[Action, str]:
        errors = offer.candidate.errors
        if offer.identity in self._seen and not errors:
            if self._seen[offer.identity] == offer.digest:
                return Action.SKIP, "it came before in this input"
            if self._settings.policy.on_changed == "reject":
                return Action.REJECT, "it came before in this input, with other content"
        decision = self._settings.policy.decide(offer.known, offer.digest, errors)
        if decision.action is Action.SEND:
            self._seen[offer.identity] = offer.digest
        return decision.action, decision.reason

    def add_state(self, value: t.Any) -> None:  # noqa: ANN401
        """Emit nothing: nothing was done."""

    def summarize(self) -> dict[str, t.Any]:
        """Return how often each action would be taken."""
        return {"dry_run": True, "plan": {each.value: self._counts[each.value] for each in Action}}

    def finish(self, *, cleanly: bool = True) -> None:
        """Print the plan's totals."""
        if self._journal:
            self._journal.close()
        plan = ", ".join(f"{self._counts[action.value]} {action.value}" for action in Action)
        if cleanly:
            self._logger.info("Dry run, nothing was sent. Plan: %s.", plan)
