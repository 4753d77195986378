"""Killed anywhere and resumed: the same tables as those of an undisturbed run."""

from __future__ import annotations

import json
import signal
import subprocess
import typing as t

import pytest

from tests.harness.preloaded import start_programs
from tests.harness.run import Run, make_key, unpack_state
from tests.tap_moco.support import config_for, run_tap, same, select, world

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox

STREAMS = (
    "activities",
    "offers",
    "offer_details",
    "projects",
    "project_tasks",
    "todos",
    "receipts",
)


def run_until_killed(config: Path, catalog: Path, lines: int) -> Run:
    """Run the tap, kill it after a number of lines, and keep what a target has got by then."""
    command = [start_programs() / "tap-moco", "--config", config, "--catalog", catalog]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        got = b"".join(line for _, line in zip(range(lines), process.stdout, strict=False))
        process.send_signal(signal.SIGKILL)
        # What was in the pipe arrives all the same; a line that was cut does not.
        rest = b"".join(line for line in process.stdout if line.endswith(b"\n"))
        return Run((got + rest).decode())


def tables(runs: list[Run]) -> dict[str, dict[tuple[str, ...], dict[str, t.Any]]]:
    """Return the rows that a target has after all these runs, by stream and key."""
    found: dict[str, dict[tuple[str, ...], dict[str, t.Any]]] = {name: {} for name in STREAMS}
    for run in runs:
        for name, rows in run.records.items():
            keys = run.schemas[name]["key_properties"]
            found[name].update({make_key(row, keys): row for row in rows})
    return found


@pytest.mark.parametrize("lines", [1, 150, 330])
def test_a_run_killed_anywhere_is_made_good_by_the_next(
    lines: int, make_box: Callable[..., RunningSandbox], tmp_path: Path
) -> None:
    box = make_box(scale=0.4)
    box.control("PUT", "/options", {"latency_ms": 4})
    settings = config_for(box)
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    catalog.write_text(json.dumps(select(*STREAMS)), encoding="utf-8")

    cut = run_until_killed(config, catalog, lines)
    rest = run_tap(settings, catalog=select(*STREAMS), state=cut.state)

    undisturbed = tables([run_tap(settings, catalog=select(*STREAMS))])
    resumed = tables([cut, rest])
    for name in STREAMS:
        assert resumed[name].keys() == undisturbed[name].keys(), name
        for key, row in resumed[name].items():
            assert same(row, undisturbed[name][key]), (name, key)
    assert len(resumed["activities"]) == len(world(box, "activities"))


def test_a_killed_run_tells_no_target_that_records_are_gone(
    make_box: Callable[..., RunningSandbox], tmp_path: Path
) -> None:
    """Half a list under a new version must never be taken for the whole of it."""
    box = make_box(scale=0.5)
    box.control("PUT", "/options", {"latency_ms": 10})
    settings = config_for(box, deleted_records="detect")
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    catalog.write_text(json.dumps(select("activities")), encoding="utf-8")
    cut = run_until_killed(config, catalog, 120)

    runs = [cut]
    for _ in range(3):
        runs.append(run_tap(settings, catalog=select("activities"), state=runs[-1].state))

    held: dict[int, int | None] = {}
    gone: set[int] = set()
    for run in runs:
        for message in run.messages:
            if message["type"] == "RECORD":
                held[message["record"]["id"]] = message.get("version")
            elif message["type"] == "ACTIVATE_VERSION":
                gone |= {i for i, version in held.items() if version != message["version"]}
    assert held.keys() == {row["id"] for row in world(box, "activities")}
    assert not gone


def test_a_stream_that_a_continued_run_does_not_read_keeps_its_place(
    make_box: Callable[..., RunningSandbox],
) -> None:
    """Receipts do not say when they changed: until when they were read must not move by itself."""
    box = make_box(scale=0.4)
    streams = select("receipts", "users", "vat_code_sales", "revenue_categories", "todos")
    limits = {"rate_limits": [{"requests": 2, "seconds": 3600}], "max_wait": 0}
    settings = config_for(box, on_rate_limit="stop", **limits)
    run = run_tap(settings, catalog=streams)
    places = []
    for _ in range(12):
        state = unpack_state(run.state)
        for entry in state["bookmarks"].values():
            if "read_until" in entry and entry.get("round"):
                entry["read_until"] = "2020-01-01T00:00:00Z"
                places.append(entry)
        before = {name: entry["read_until"] for name, entry in state["bookmarks"].items()
                  if entry.get("round") and "read_until" in entry}  # fmt: skip
        complete = run.summary["outcome"] == "complete"
        if complete:
            break
        run = run_tap(settings, catalog=streams, state=state)
        after = {name: run.bookmark(name)["read_until"] for name in before}
        assert after == before
    assert complete
    assert places
