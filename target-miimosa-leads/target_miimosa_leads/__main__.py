"""``python -m target_miimosa_leads``."""

from __future__ import annotations

from target_miimosa_leads.singer.target import TargetMiimosaLeads

TargetMiimosaLeads.cli()
