"""The four taps, each with a configuration under which it reads every stream of the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.testing import RunningSandbox

Record = dict[str, t.Any]

TAPS = ("tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge")
BIN = Path(sys.executable).parent
LONGEST_RUN = 600
ME = 7001
SPONSOR = 7003
PARTNER = "agence-exemple"
PAYOUT_ACCOUNT = 6601


def api_of(tap: str) -> str:
    """Return the name by which the sandbox knows the API of a tap."""
    return tap.removeprefix("tap-")


def make_config(tap: str, box: RunningSandbox) -> Record:
    """Return the configuration of a tap for a sandbox."""
    return {"rate_limits": [], **_CONFIGS[api_of(tap)](box)}


def _moco(box: RunningSandbox) -> Record:
    year = box.world.now.year
    return {
        "api_url": f"{box.url}/moco/api/v1",
        "api_key": "sandbox-moco-key",
        "report_years": [year - 1, year],
    }


def _ulule(box: RunningSandbox) -> Record:
    return {
        "api_url": f"{box.url}/ulule/v1",
        "discussions_url": f"{box.url}/ulule/discussions",
        "auth_method": "api_key",
        "api_key": "sandbox-ulule-staff-key",
        "partner_slugs": [PARTNER],
        "user_ids": ["me"],
        "account_ids": [str(PAYOUT_ACCOUNT)],
        "sponsor_user_ids": [str(SPONSOR)],
        "search_query": "sort:new",
        "mark_threads_as_read": True,
    }


def _miimosa(box: RunningSandbox) -> Record:
    return {
        "api_url": f"{box.url}/miimosa",
        "api_key": "sandbox-miimosa-key",
        "users": [{"email": email} for email in box.world.miimosa.users],
    }


def _micropledge(box: RunningSandbox) -> Record:
    slugs = list(box.world.micropledge.slugs)
    return {"api_url": f"{box.url}/micropledge", "project_slugs": slugs}


_CONFIGS: dict[str, t.Callable[[RunningSandbox], Record]] = {
    "moco": _moco,
    "ulule": _ulule,
    "miimosa": _miimosa,
    "micropledge": _micropledge,
}


def write_files(tap: str, config: Record, folder: Path, streams: Iterable[str] = ()) -> None:
    """Write a tap's configuration, and its catalog with these or all streams selected."""
    wanted = set(streams)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    found = _run([BIN / tap, "--config", "config.json", "--discover"], folder)
    catalog = json.loads(found)
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                chosen = not wanted or entry["tap_stream_id"] in wanted
                each["metadata"]["selected"] = chosen
    (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")


def command(tap: str, *, state: bool) -> list[str | Path]:
    """Return the command that runs a tap in a folder with its files; ``state.json`` is one."""
    files = ("config", "catalog", "state") if state else ("config", "catalog")
    return [BIN / tap, *(part for name in files for part in (f"--{name}", f"{name}.json"))]


def run_tap(tap: str, folder: Path, *, state: Record | None) -> bytes:
    """Run a tap in a folder with its files; return what it wrote.

    Raises:
        RuntimeError: The tap failed.
    """
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return _run(command(tap, state=state is not None), folder)


def _run(line: list[str | Path], folder: Path) -> bytes:
    done = subprocess.run(line, cwd=folder, capture_output=True, timeout=LONGEST_RUN, check=False)
    if done.returncode:
        raise RuntimeError(f"{line[0]} failed: {done.stderr.decode()[-2000:]}")
    return done.stdout
