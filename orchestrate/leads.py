"""The leads: delivered to MiiMOSA by the jobs of ``meltano.yml``, and what became of each."""

from __future__ import annotations

import typing as t

import dagster as dg

from accounts.table import FOLDER
from orchestrate.places import PROJECT
from orchestrate.retries import raise_failure
from orchestrate.runs import run_jobs

JOBS = ("leads", "leads-journal")
PLUGINS = ("tap-moco--leads", "target-miimosa-leads")


@dg.asset(
    key=["leads", "journal"],
    group_name="leads",
    kinds={"meltano", "postgres"},
    description="Leads of MOCO, delivered; the journal says what became of each.",
)
def journal() -> dg.MaterializeResult[t.Any]:
    """Deliver the leads, and load the journal."""
    folder = PROJECT / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    summaries = {name: folder / f"{name}.summary.json" for name in PLUGINS}
    variables = {
        f"{name}_summary_path".upper().replace("-", "_"): str(path)
        for name, path in summaries.items()
    }
    outcome = run_jobs(JOBS, summaries, variables)
    if not outcome.done:
        raise_failure(outcome)
    return dg.MaterializeResult(metadata=outcome.metadata())
