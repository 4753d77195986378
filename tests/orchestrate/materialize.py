"""Materializes assets in one process, and tells what became of them; runs with Dagster's Python.

Usage: ``python -m tests.orchestrate.materialize JOB=[PARTITION][:ASSET] …``, with the variables of
``orchestrate.places``. Prints one JSON object: for each argument ``success``, ``attempts``, and by
asset the metadata that are numbers; ``failure`` is what is told of a failed one.
"""

from __future__ import annotations

import json
import sys
import typing as t

import dagster as dg

from orchestrate.definitions import defs
from orchestrate.retries import RETRIES, Retry

# Nobody waits for minutes here.
for code, retry in RETRIES.items():
    RETRIES[code] = Retry(retry.times, 0)


def materialize(
    job: str, partition: str, asset: str, instance: dg.DagsterInstance
) -> dict[str, t.Any]:
    """Run one job for one partition, of one asset or all."""
    resolved = defs.resolve_job_def(job)
    result = resolved.execute_in_process(
        partition_key=partition or None,
        asset_selection=[dg.AssetKey(asset.split("/"))] if asset else None,
        instance=instance,
        raise_on_error=False,
    )
    events = result.all_events
    assets = {
        event.asset_key.to_user_string(): {
            name: value.value
            for name, value in event.step_materialization_data.materialization.metadata.items()
            if isinstance(value.value, int)
        }
        for event in events
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    }
    failures = [event.step_failure_data for event in events if event.is_step_failure]
    return {
        "success": result.success,
        "attempts": sum(event.is_step_start or event.is_step_restarted for event in events),
        "assets": assets,
        "failure": [str(each.user_failure_data or each.error) for each in failures],
        "tags": dict(instance.get_run_by_id(result.run_id).tags),
    }


def main() -> None:
    """Do what the arguments say."""
    instance = dg.DagsterInstance.ephemeral()
    found = {}
    for argument in sys.argv[1:]:
        job, _, what = argument.partition("=")
        partition, _, asset = what.partition(":")
        found[argument] = materialize(job, partition, asset, instance)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
