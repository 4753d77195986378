"""Runs of Meltano, and what the plugins tell of them in the files of `summary_path`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass

import dagster as dg

from deploy.run_job import most_pressing
from orchestrate.places import PROGRAMS, PROJECT

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Record = dict[str, t.Any]
PATIENCE = 120.0
"""Seconds that a run may take to end once it is told to."""


@dataclass(frozen=True)
class Outcome:
    """How a run of Meltano ended.

    Attributes:
        done: Whether all of it succeeded.
        code: Exit code of the plugin that failed; None if none tells one.
        error: Its last error in one line; None if there is none.
        summaries: The run summaries by plugin.
    """

    done: bool
    code: int | None
    error: str | None
    summaries: Mapping[str, Record]

    def metadata(self) -> dict[str, dg.MetadataValue[t.Any]]:
        """Return the summaries as metadata of an asset."""
        return {
            f"{name} summary": dg.MetadataValue.json(summary)
            for name, summary in self.summaries.items()
        }

    @property
    def streams(self) -> Mapping[str, Record]:
        """What the taps tell of each stream."""
        return {
            stream: told
            for summary in self.summaries.values()
            for stream, told in summary.get("streams", {}).items()
        }


def run_jobs(
    jobs: Sequence[str], summaries: Mapping[str, Path], environment: Mapping[str, str]
) -> Outcome:
    """Run jobs of the Meltano project, one after the other; their output is this process's.

    Args:
        jobs: Their names.
        summaries: By plugin the file that it writes its run summary to.
        environment: Variables on top of those of this process.

    Raises:
        dagster.Failure: Meltano is not there.
    """
    meltano = shutil.which("meltano", path=PROGRAMS)
    if meltano is None:
        raise dg.Failure("meltano is not there: make install", allow_retries=False)
    for path in summaries.values():
        # What is there afterwards was written by this run.
        path.unlink(missing_ok=True)
    given = {**os.environ, "PATH": PROGRAMS, **environment}
    # The environment of Dagster is not that of Meltano.
    given.pop("VIRTUAL_ENV", None)
    with subprocess.Popen(  # noqa: S603 - names of the table
        [meltano, "run", *jobs], cwd=PROJECT, env=given
    ) as process:
        try:
            code = process.wait()
        except BaseException:
            # The run was cancelled: the plugins end with a state to go on from.
            process.terminate()
            process.wait(PATIENCE)
            raise
    found = {name: told for name, path in summaries.items() if (told := _read(path))}
    return _judge(code, found)


def _read(path: Path) -> Record | None:
    try:
        found: Record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _judge(code: int, summaries: Mapping[str, Record]) -> Outcome:
    """Tell which plugin has failed: of several, the one whose exit code says what to do."""
    if code == 0:
        return Outcome(done=True, code=0, error=None, summaries=summaries)
    failed = [each for each in summaries.values() if each.get("exit_code")]
    pressing = most_pressing(each["exit_code"] for each in failed)
    last = failed[-1] if failed else {}
    worst = next((each for each in failed if each["exit_code"] == pressing), last)
    return Outcome(
        done=False,
        code=worst.get("exit_code"),
        error=worst.get("error"),
        summaries=summaries,
    )
