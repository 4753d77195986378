"""However a run ends, the STATE that a loader saves is one from which the next run goes on.

Loaders on the SDK save STATE at the end of their input, and each time that they drain, every five
minutes. The loaders run in the tests' process, which saves their start.
"""

from __future__ import annotations

import importlib
import io
import json
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from meltanolabs_target_csv.target import TargetCSV
from sqlalchemy import Connection, Engine, event
from target_postgres.target import TargetPostgres

from loaders import targets
from loaders.compare import find_differences, tabulate
from loaders.taps import make_config
from loaders.world import list_world
from sandbox.testing import running_sandbox
from tests.faults.test_same_bytes import make_catalog, run_module
from tests.harness.run import Run, capture, terminate_command

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

LOADERS = {
    loader.package: (loader, target)
    for loader in targets.LOADERS
    for package, target in (
        ("meltanolabs-target-postgres", TargetPostgres),
        ("meltanolabs-target-csv", TargetCSV),
    )
    if loader.package == package
}


@dataclass(frozen=True)
class Case:
    """A parent, its children, the list below a parent in whose midst a run ends, and a budget."""

    streams: tuple[str, ...]
    path: str
    budget: int = 4


CASES = {
    "tap_moco": Case(("projects", "project_tasks"), r"^/projects/[^/]+/tasks"),
    "tap_ulule": Case(("projects", "project_comments"), r"^/projects/[^/]+/comments", budget=12),
    "tap_miimosa": Case(("projects", "project_details"), r"^/projects/[^/]+$"),
    "tap_micropledge": Case(("projects", "pledges"), r"^/projects/[^/]+/pledges"),
}
ENDS = ("healthy", "budget", "signal", "failure")


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.2) as box:
        yield box


@contextmanager
def engines_disposed() -> Iterator[None]:
    """Close what a loader leaves to the end of its process: the engine of each stream."""
    used: set[Engine] = set()

    def note(connection: Connection) -> None:
        used.add(connection.engine)

    event.listen(Engine, "engine_connect", note)
    try:
        yield
    finally:
        event.remove(Engine, "engine_connect", note)
        for engine in used:
            engine.dispose()


class Pipeline:
    """A tap, and both loaders behind it.

    Args:
        module: The tap.
        box: Its API.
        database: URI of an empty database.
        folder: Takes all files.
    """

    def __init__(self, module: str, box: RunningSandbox, database: str, folder: Path) -> None:
        self.module, self.box, self.folder = module, box, folder
        self.tap, self.case = module.replace("_", "-"), CASES[module]
        self.config = make_config(self.tap, box) | {"concurrency": 1}
        self.catalog = make_catalog(module, self.config)
        for entry in self.catalog["streams"]:
            (stream,) = (each for each in entry["metadata"] if not each["breadcrumb"])
            stream["metadata"]["selected"] = entry["tap_stream_id"] in self.case.streams
        self.places = {}
        for package in LOADERS:
            self.places[package] = targets.Place(folder / package, database, "loaded")
            (folder / package).mkdir()

    def run(self, state: Record | None = None, **settings: t.Any) -> Run:  # noqa: ANN401
        return run_module(self.module, {**self.config, **settings}, self.catalog, state)

    def end_by(self, end: str) -> Run:
        """Run until the budget is used up, a signal comes, or the API fails in a list."""
        if end == "budget":
            limit = {"requests": self.case.budget, "seconds": 3600}
            done = self.run(rate_limits=[limit], on_rate_limit="stop", max_wait=0)
            assert done.summary["outcome"] == "stopped by the request budget"
            return done
        api = self.tap.removeprefix("tap-")
        fault: Record = {"api": api, "path": self.case.path, "skip": 1, "times": None}
        if end == "signal":
            fault |= {"kind": "status", "status": 429, "headers": {"Retry-After": "600"}}
            self.box.control("POST", "/faults", fault)
            return terminate_command(
                self.module, self.folder, self.config, self._is_waiting, catalog=self.catalog
            )
        self.box.control("POST", "/faults", {**fault, "kind": "body", "body": "null"})
        done = self.run()
        assert done.code == 1
        return done

    def _is_waiting(self) -> bool:
        return any(entry["fault"] for entry in self.box.control("GET", "/requests"))

    def load(self, done: Run, number: int) -> list[Record]:
        """Load what a run wrote with both loaders; return each STATE that both have saved."""
        saved = []
        for package, (loader, target) in LOADERS.items():
            settings = loader.configure(self.places[package], number)

            def listen(target: t.Any = target, settings: Record = settings) -> None:  # noqa: ANN401
                target(config=settings).listen(io.StringIO(done.out))

            with engines_disposed():
                loaded = capture(listen, expected=KeyboardInterrupt)
            saved.append([json.loads(line) for line in loaded.out.splitlines()])
        assert saved[0] == saved[1]
        return saved[0]

    def assert_tables_equal_the_world(self, schemas: dict[str, Record]) -> None:
        rows = list_world(self.tap, self.box, schemas)
        for package, (loader, _) in LOADERS.items():
            tables = loader.read(self.places[package], schemas)
            for stream, message in schemas.items():
                world, _ = tabulate(rows[stream], message)
                table, again = tabulate(tables[stream], message)
                assert find_differences(stream, table, world, {}) == []
                assert not again or not loader.keyed


def cut_among_children(run: Run) -> Run:
    """Return what was written up to the last STATE that tells a place in a list."""
    lines = run.out.splitlines(keepends=True)
    places = [n for n, line in enumerate(lines) if '"STATE"' in line and '"resume"' in line]
    return Run("".join(lines[: places[-1] + 1]))


@pytest.fixture
def pipeline(module: str, box: RunningSandbox, database: str, tmp_path: Path) -> Iterator[Pipeline]:
    box.control("POST", "/reset")
    yield Pipeline(module, box, database, tmp_path)
    box.control("DELETE", "/faults")


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Run]:
    """The run of each tap that nothing stopped, once one was made."""
    return {}


@pytest.mark.parametrize("module", CASES)
@pytest.mark.parametrize("end", ENDS)
def test_the_next_run_goes_on_from_what_the_loaders_have_saved(
    end: str,
    module: str,
    pipeline: Pipeline,
    undisturbed: dict[str, Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each STATE that a tap could write, not one every two seconds.
    writer = importlib.import_module(f"{module}._kit.state.writer")
    monkeypatch.setattr(writer, "STATE_SECONDS", 0)
    if module not in undisturbed:
        undisturbed[module] = pipeline.run()
    whole = undisturbed[module]

    # The loaders drain while the tap reads children, and what follows is never loaded.
    first = cut_among_children(whole) if end == "healthy" else pipeline.end_by(end)
    states = pipeline.load(first, 1)
    pipeline.box.control("DELETE", "/faults")
    second = pipeline.run(states[-1])
    pipeline.load(second, 2)

    assert second.summary["outcome"] == "complete"
    assert 0 < second.summary["requests"] < whole.summary["requests"]
    pipeline.assert_tables_equal_the_world(whole.schemas)
