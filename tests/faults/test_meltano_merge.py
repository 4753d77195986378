"""Runs that stop in the middle, full refreshes between them, and Meltano that merges their states.

Whatever the order: nothing is skipped, and lists are read from their beginning in the end.
"""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.faults.test_same_bytes import make_catalog, make_config, run_module
from tests.harness.meltano_state import MeltanoStore
from tests.harness.run import Run, make_key, terminate_command

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

# The streams that are read, and the path of the list in whose second page a signal arrives.
STREAMS = {
    "tap_moco": (("contacts", "activities", "projects", "project_tasks"), "/activities"),
    "tap_ulule": (
        ("projects", "project_comments", "project_news", "project_supporters"),
        "/search/projects",
    ),
}
# Lists that are read whole in every run.
WHOLE = {"tap_moco": "activities", "tap_ulule": "projects"}
BUDGETS = {"tap_moco": 4, "tap_ulule": 9}


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.5) as box:
        yield box


class Pipeline:
    """One tap, and what Meltano has stored of its states.

    Args:
        module: The tap.
        box: The API.
        folder: For the files of its command line.
    """

    def __init__(self, module: str, box: RunningSandbox, folder: Path) -> None:
        self.module, self.box, self.folder = module, box, folder
        self.store = MeltanoStore()
        self.config = make_config(module, box)
        self.catalog = make_catalog(module, self.config)
        streams, self.path = STREAMS[module]
        for entry in self.catalog["streams"]:
            (stream,) = (each for each in entry["metadata"] if not each["breadcrumb"])
            stream["metadata"]["selected"] = entry["tap_stream_id"] in streams
            if entry["tap_stream_id"] == WHOLE[module]:
                entry["replication_method"] = "FULL_TABLE"

    def run(self, *, full_refresh: bool = False) -> Run:
        """Run to the end."""
        return self._run({}, full_refresh=full_refresh)

    def run_until(self, end: str, *, full_refresh: bool = False) -> Run:
        """Run until the budget is used up, or until a signal comes."""
        if end == "signal":
            return self._run_until_signal(full_refresh=full_refresh)
        limit = {"requests": BUDGETS[self.module], "seconds": 3600}
        settings = {"rate_limits": [limit], "on_rate_limit": "stop", "max_wait": 0}
        done = self._run(settings, full_refresh=full_refresh)
        assert done.summary["outcome"] == "stopped by the request budget"
        return done

    def _run(self, settings: Record, *, full_refresh: bool) -> Run:
        state = {} if full_refresh else self.store.state
        done = run_module(self.module, {**self.config, **settings}, self.catalog, state)
        assert done.error is None
        self.store.save(done, merge=True)
        return done

    def _run_until_signal(self, *, full_refresh: bool) -> Run:
        state = {} if full_refresh else self.store.state
        self.box.control("POST", "/reset")
        busy = {"kind": "status", "status": 429, "headers": {"Retry-After": "600"}}
        self.box.control("POST", "/faults", {**busy, "path": f"^.*{self.path}$", "skip": 1})
        done = terminate_command(
            self.module,
            self.folder,
            self.config,
            self._is_on_second_page,
            state=state,
            catalog=self.catalog,
        )
        self.box.control("DELETE", "/faults")
        self.store.save(done, merge=True)
        return done

    def _is_on_second_page(self) -> bool:
        asked = self.box.control("GET", "/requests")
        return sum(entry["path"].endswith(self.path) for entry in asked) >= 2


def keys(*runs: Run) -> set[tuple[str, tuple[str, ...]]]:
    return {
        (stream, make_key(row, run.schemas[stream]["key_properties"]))
        for run in runs
        for stream, rows in run.records.items()
        for row in rows
    }


@pytest.fixture(params=STREAMS)
def pipeline(request: pytest.FixtureRequest, box: RunningSandbox, tmp_path: Path) -> Pipeline:
    return Pipeline(request.param, box, tmp_path)


def assert_quiet(pipeline: Pipeline, whole: Run) -> None:
    """The next run reads the whole lists from their beginning, and skips no stream."""
    quiet = pipeline.run()
    full = WHOLE[pipeline.module]
    assert "that this one continues" not in quiet.log
    assert quiet.ids(full) == whole.ids(full)
    assert pipeline.store.state == quiet.state


@pytest.mark.parametrize("end", ["budget", "signal"])
def test_a_run_that_stopped_is_finished_by_the_next(pipeline: Pipeline, end: str) -> None:
    stopped = pipeline.run_until(end)
    rest = pipeline.run()
    whole = run_module(pipeline.module, pipeline.config, pipeline.catalog)

    assert keys(stopped) < keys(whole)
    assert keys(stopped, rest) == keys(whole)
    assert_quiet(pipeline, whole)


@pytest.mark.parametrize("end", ["budget", "signal"])
def test_a_full_refresh_that_stopped_is_finished_by_the_next_run(
    pipeline: Pipeline, end: str
) -> None:
    whole = pipeline.run()
    refresh = pipeline.run_until(end, full_refresh=True)
    rest = pipeline.run()

    assert keys(refresh) < keys(whole)
    assert keys(refresh, rest) == keys(whole)
    assert_quiet(pipeline, whole)


@pytest.mark.parametrize("end", ["budget", "signal"])
def test_a_full_refresh_ends_what_a_run_before_it_has_left(pipeline: Pipeline, end: str) -> None:
    pipeline.run_until(end)
    whole = pipeline.run(full_refresh=True)

    assert_quiet(pipeline, whole)
