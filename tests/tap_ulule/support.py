"""Runs of tap-ulule against a sandbox."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.errors import KitError
from tap_ulule.tap import TapUlule
from tests.harness import catalog as catalogs
from tests.harness import run as harness
from tests.harness.run import run_tap

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

KEY = "sandbox-ulule-key"
STAFF_KEY = "sandbox-ulule-staff-key"
PARTNER = "agence-exemple"


def make_config(box: RunningSandbox, **settings: object) -> Record:
    """Settings for a sandbox: signed in by key, no limits, nothing fetched ahead."""
    signed = {"auth_method": "api_key", "api_key": KEY} if "auth_method" not in settings else {}
    return {
        "api_url": f"{box.url}/ulule/v1",
        "discussions_url": f"{box.url}/ulule/discussions",
        "token_url": f"{box.url}/ulule/oauth2/token/",
        "rate_limits": [],
        "concurrency": 1,
        **signed,
        **settings,
    }


def run(
    settings: Record, *, state: Record | None = None, select: Iterable[str] | None = None
) -> Run:
    """Run the tap in this process; a failure that is told in one line is kept in the run."""
    return run_tap(
        TapUlule, settings, expected=KitError, state=state, catalog=_choose_streams(select)
    )


def run_command(
    folder: Path,
    settings: Record,
    *options: str,
    state: Record | None = None,
    select: Iterable[str] | None = None,
) -> Run:
    """Run the tap as users do: its command, with files."""
    catalog = _choose_streams(select)
    return harness.run_command(
        "tap_ulule", folder, settings, *options, state=state, catalog=catalog
    )


def _choose_streams(select: Iterable[str] | None) -> Record | None:
    return catalogs.select(TapUlule, *select) if select else None


def list_paths(box: RunningSandbox) -> list[str]:
    """The paths that the sandbox was asked for, in order."""
    return [entry["path"] for entry in box.control("GET", "/requests")]


def change(box: RunningSandbox, kind: str, **details: object) -> t.Any:  # noqa: ANN401 - JSON
    """Change the sandbox's world, now or after a request."""
    return box.control("POST", "/ulule", {"change": kind, **details})


def tombstones(found: Run, stream: str) -> list[t.Any]:
    """Return the ids of the rows that a run tells as deleted."""
    return [row["id"] for row in found.records[stream] if row.get("_sdc_deleted_at")]
