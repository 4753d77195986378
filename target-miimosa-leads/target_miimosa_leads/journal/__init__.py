"""The journal: what was sent, and what became of it. The only memory this target has."""

from __future__ import annotations

from target_miimosa_leads.journal.opening import open_existing, open_for_run
from target_miimosa_leads.journal.store import Journal
from target_miimosa_leads.journal.tables import STATUSES, Row

__all__ = ["STATUSES", "Journal", "Row", "open_existing", "open_for_run"]
