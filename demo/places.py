"""Where the demo keeps things."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("DEMO_HOME", ROOT / ".demo")).resolve()

POSTGRES = HOME / "postgres"
SANDBOX = HOME / "sandbox.jsonl"
JOURNAL = HOME / "leads-journal.db"
DEAD_LETTER = HOME / "dead-letter.singer"
MELTANO = HOME / "meltano"
DBT = HOME / "dbt"
SUMMARIES = HOME / "summaries"
REPORT = HOME / "report.html"
LOG = HOME / "meltano.log"
PROGRESS = HOME / "progress.json"
LOCK = HOME / "lock"
WAREHOUSE_LOCK = HOME / "warehouse.lock"
WAREHOUSE_USERS = HOME / "warehouse.users"
