"""STATE holds whole numbers and text: loaders on the SDK cannot write fractions, and end on one.

Whatever becomes of a run: it may be complete, stopped by its budget, or fail in the middle.
"""

from __future__ import annotations

import importlib
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.faults.test_same_bytes import TAPS, make_catalog, make_config, run_module
from tests.fractions import fractions
from tests.harness.run import unpack_state

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

# How many requests a budget allows; each tap needs several times that.
ENOUGH = 6
ENDS = ("complete", "stopped by the request budget", "failed")


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.1) as box:
        yield box


def collect_states(
    module: str, config: Record, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[Record]]:
    """Run a tap with everything selected; return how it ended, and each STATE it had reached."""
    # What is kept back lest it come too often is looked at too.
    monkeypatch.setattr(importlib.import_module(f"{module}._kit.state.writer"), "STATE_SECONDS", 0)
    run = run_module(module, config, make_catalog(module, config))
    return run.summary["outcome"], run.states


@pytest.mark.parametrize("module", TAPS)
@pytest.mark.parametrize("end", ENDS)
def test_no_state_of_any_run_holds_a_fraction(
    module: str,
    end: str,
    box: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = make_config(module, box)
    if end == "stopped by the request budget":
        limit = {"requests": ENOUGH, "seconds": 3600}
        config |= {"rate_limits": [limit], "on_rate_limit": "stop", "max_wait": 0}
    if end == "failed":
        api = module.removeprefix("tap_")
        # In the middle of the list of projects: with the lists below the third one.
        path = f"^/{api}.*/projects/[^/]+"
        fault = {"kind": "body", "path": path, "body": "null", "skip": 2, "times": None}
        box.control("POST", "/faults", fault)
        # Requests arrive in the order in which they are made.
        config["concurrency"] = 1

    outcome, states = collect_states(module, config, monkeypatch)

    assert outcome == end
    assert [fractions(state) for state in states] == [[]] * len(states)
    # Something was remembered that could have held one: a place, or what is done.
    marks = {
        name for s in states for entry in unpack_state(s)["bookmarks"].values() for name in entry
    }
    assert marks & {"resume", "round"}
