"""Runs the examples of pipelines/README.md in the checkout, and leaves nothing in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.harness.run import Run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
README = (ROOT / "pipelines" / "README.md").read_text(encoding="utf-8")


def example(heading: str) -> str:
    """Return the commands below a heading of the README."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    (commands,) = re.findall(r"^```(?:ba)?sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert isinstance(commands, str)
    return commands


def list_summaries(run: Run) -> list[dict[str, int]]:
    """The summaries of the target in their order."""
    found = re.findall(r"target-miimosa-leads.*Run summary: (\{.*\})", run.log)
    return [json.loads(text) for text in found]


def list_outcomes(run: Run) -> list[tuple[int, ...]]:
    """Leads created, skipped, rejected and unknown, for each run of the target."""
    names = ("created", "skipped", "rejected", "unknown")
    return [tuple(summary[name] for name in names) for summary in list_summaries(run)]


class Project:
    """The checkout with a sandbox and a database; state, journal and logs are in a folder.

    Args:
        box: the four APIs.
        database: URI of the warehouse.
        folder: takes all that a run leaves behind.
        programs: folder with Meltano and the plugins.
    """

    def __init__(self, box: RunningSandbox, database: str, folder: Path, programs: Path) -> None:
        self.box = box
        self.folder = folder
        # tap-postgres insists on a host; the one after the question mark, a socket, is used.
        url = database.replace("postgresql://", "postgresql+psycopg://").replace(
            "@/", "@localhost/"
        )
        self.env = {
            "PATH": os.pathsep.join([str(programs), str(BIN), os.environ["PATH"]]),
            "HOME": str(folder),
            "NO_COLOR": "1",
            "MELTANO_SYS_DIR_ROOT": str(folder / "meltano"),
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
            "SANDBOX_URL": box.url,
            # A variable that may be a fraction: Meltano cannot hand on decimals.
            "TAP_MOCO_MAX_WAIT": "3600.5",
            "TARGET_MIIMOSA_LEADS_MAX_WAIT": "3600.5",
            "WAREHOUSE_URL": url,
            "LEADS_JOURNAL_URL": f"sqlite:///{folder / 'journal.db'}",
            "LEADS_DEAD_LETTER": str(folder / "dead-letter.singer"),
        }

    def run(self, commands: str, *, cwd: Path = ROOT, **env: str) -> Run:
        """Run shell commands until one fails; all that they print is the log."""
        done = subprocess.run(
            ["/usr/bin/env", "bash", "-e", "-c", commands],
            cwd=cwd,
            # Nothing of the one who runs the tests; and Meltano is the slower, the more there is.
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
            check=False,
        )
        return Run(out="", log=done.stdout, code=done.returncode)

    def arrived(self) -> list[dict[str, t.Any]]:
        """All leads at MiiMOSA; each arrived once."""
        leads = self.box.control("GET", "/leads")
        assert [lead["times"] for lead in leads] == [1] * len(leads)
        return [lead["body"] for lead in leads]

    def world(self, stream: str) -> list[dict[str, t.Any]]:
        """The records of a stream, as the sandbox serves them now."""
        rows: list[dict[str, t.Any]] = self.box.control("GET", f"/world/{stream}")["records"]
        return rows


def key(lead: dict[str, t.Any]) -> tuple[str, str]:
    """Say which lead it is."""
    return lead["email"], lead["project_name"]
