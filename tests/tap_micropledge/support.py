"""Runs of the tap against a sandbox."""

from __future__ import annotations

import logging
import typing as t

from tap_micropledge._kit.errors import KitError
from tap_micropledge.tap import TapMicroPledge
from tests.harness import run
from tests.harness.catalog import select
from tests.harness.sandbox import answer_with, count_paths, key_world

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

STREAMS = ("projects", "pledges")


def config_for(box: RunningSandbox, **settings: t.Any) -> Record:  # noqa: ANN401
    """Return a configuration; a setting that is None is left out."""
    slugs = list(box.world.micropledge.slugs)
    config = {"api_url": f"{box.url}/micropledge", "project_slugs": slugs, **settings}
    return {name: value for name, value in config.items() if value is not None}


def run_tap(config: Record, *streams: str, state: Record | None = None) -> Run:
    """Run the tap with these streams selected, or all of them, and with all logs."""
    return run.run_tap(
        TapMicroPledge,
        config,
        expected=KitError,
        catalog=select(TapMicroPledge, *streams),
        state=state,
        level=logging.DEBUG,
    )


def served(box: RunningSandbox, stream: str) -> dict[tuple[str, ...], Record]:
    """Return all rows of a stream as they are now, by the tap's key."""
    rows = key_world(box, "micropledge", stream).values()
    if stream == "projects":
        return {
            (row["project_slug"],): {k: v for k, v in row.items() if k != "result"} for row in rows
        }
    names = ("project_slug", "date", "userslug", "amount", "_occurrence")
    anonymous = [{**row, "userslug": row["userslug"] or "(anonymous)"} for row in rows]
    return {tuple(str(row[name]) for name in names): row for row in anonymous}


def count_requests(box: RunningSandbox) -> dict[str, int]:
    """Return how often each path was asked for."""
    return count_paths(box, "micropledge")


def serve_pledges(box: RunningSandbox, slug: str, rows: list[Record], **project: t.Any) -> None:  # noqa: ANN401
    """Let the sandbox answer with a project that has exactly these pledges."""
    box.control("DELETE", "/faults")
    path = f"/projects/{slug}"
    body = {"result": "success", "pledges": rows}
    answer_with(box, "micropledge", f"^{path}/pledges$", body)
    counts = {
        "numPledges": len(rows),
        "pledged": sum(float(row.get("amount") or 0) for row in rows),
    }
    answer_with(
        box, "micropledge", f"^{path}$", {"result": "success", "name": "x", **counts, **project}
    )
