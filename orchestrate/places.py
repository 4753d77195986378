"""Where things are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = Path(os.environ.get("ORCHESTRATE_PROJECT", ROOT)).resolve()
"""The folder of the Meltano project, with its table of accounts."""
TABLE = PROJECT / "accounts.yml"
PROGRAMS = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")])
"""Where Meltano is looked for: in the environment of `make install` first."""
TRANSFORM = ROOT / "transform"
DBT = ROOT / ".orchestrate" / "bin" / "dbt"
DBT_TARGET = PROJECT / ".meltano" / "accounts" / "dbt"
