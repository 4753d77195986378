"""Runs of the tap against a sandbox, and what they brought."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

from tap_moco._kit.errors import KitError
from tap_moco.tap import TapMoco
from tests.harness import catalog as catalogs
from tests.harness import run
from tests.harness.run import make_key, unpack_extra
from tests.harness.sandbox import list_world

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

SIGNED = {"file_url", "attachment_url", "avatar_url", "signature_url", "file"}


def same(got: t.Any, served: t.Any, field: str = "") -> bool:  # noqa: ANN401
    """Tell whether a value is the one that MOCO served, in the tap's one way of writing it."""
    if field in SIGNED and isinstance(got, str) and isinstance(served, str):
        return got.partition("?")[0] == served.partition("?")[0]
    if isinstance(got, dict) and isinstance(served, dict) and served:
        return got.keys() == served.keys() and all(same(got[k], served[k], k) for k in got)
    if isinstance(got, list) and isinstance(served, list):
        return len(got) == len(served) and all(map(same, got, served))
    if got is None and served in ("", {}):
        return True
    if isinstance(got, int | float) and isinstance(served, str):
        return float(served) == got
    # The number of a schedule's symbol leaves as text.
    return bool(got == served) or (field == "symbol" and got == str(served))


def world(box: RunningSandbox, stream: str) -> list[Record]:
    """Return all rows of a stream as MOCO has them now."""
    return list_world(box, "moco", stream)


def assert_same_rows(done: Run, box: RunningSandbox, stream: str) -> None:
    """Assert that a run brought a stream record for record."""
    got = {key: unpack_extra(row) for key, row in done.keyed(stream).items()}
    names = done.schemas[stream]["key_properties"]
    served = {make_key(row, names): row for row in world(box, stream)}
    assert got.keys() == served.keys(), stream
    for key, row in got.items():
        wrong = {f for f in row.keys() | served[key].keys()
                 if not same(row.get(f), served[key].get(f), f)}  # fmt: skip
        assert not wrong, f"{stream} {key}: {wrong}"


def just_now() -> datetime:
    """Return the moment half a minute ago; in its first one, the year's beginning."""
    now = datetime.now(timezone.utc)
    new_year = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return max(now - timedelta(seconds=30), new_year)


def advance(box: RunningSandbox) -> None:
    """Move the world to the present, or a second on if it is there.

    It stays in its year: configurations name the years whose reports they ask for.
    """
    present, world_now = datetime.now(timezone.utc), box.world.now
    if present.year > world_now.year:
        present = world_now.replace(month=12, day=31, hour=23, minute=59, second=59)
    now = max(present, world_now + timedelta(seconds=1))
    box.control("POST", "/advance", {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")})


def config_for(box: RunningSandbox, **settings: t.Any) -> Record:  # noqa: ANN401
    """Return a configuration; a setting that is None is left out."""
    year = box.world.now.year
    config = {
        "api_url": f"{box.url}/moco/api/v1",
        "api_key": "sandbox-moco-key",
        "rate_limits": [],
        "report_years": [year - 1, year],
        **settings,
    }
    return {name: value for name, value in config.items() if value is not None}


def select(*streams: str, catalog: Record | None = None, without: Iterable[str] = ()) -> Record:
    """Return a catalog with these streams selected, or all of them."""
    return catalogs.select(TapMoco, *streams, catalog=catalog, without=without)


def run_tap(config: Record, *, state: Record | None = None, catalog: Record | None = None) -> Run:
    """Run the tap in this process; a failure that is told in one line is kept in the run."""
    return run.run_tap(TapMoco, config, expected=KitError, state=state, catalog=catalog)


def run_command(config: Record, folder: Path, *options: str) -> Run:
    """Run the tap's command line."""
    return run.run_command("tap_moco", folder, config, *options)


def list_requests(box: RunningSandbox) -> list[Record]:
    """Return the requests that MOCO was asked."""
    return [entry for entry in box.control("GET", "/requests") if entry["api"] == "moco"]
