"""A tap refuses a state that it cannot have written in one line, or runs; never anything else."""

from __future__ import annotations

import copy
import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tap_moco.tap import TapMoco
from tests.harness.catalog import select
from tests.harness.run import Run, capture
from tests.kit.library import Library
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
STATES: list[t.Any] = [
    *json.loads((TESTS / "kit/recorded/states.json").read_text(encoding="utf-8")).values()
]
MOCO_STATE: t.Any = json.loads((TESTS / "tap_moco/recorded_state.json").read_text(encoding="utf-8"))
STOP = {"on_rate_limit": "stop", "max_wait": 0, "shelf_ids": ["a", "b"]}
# Stands in every text that is made up; no line may quote it.
CANARY = "Zebulon"
TEXTS = st.text(max_size=5).map(lambda text: CANARY + text)
TIMES = st.sampled_from(
    ["", "2026-01-05T00:00:00Z", "2026-01-05", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z"]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, TIMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, state: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """A state in which one or two inner values are replaced, at any depth alike."""
    found = copy.deepcopy(state)
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(found))
        depth = draw(st.sampled_from(sorted({at for at, _, _ in places})))
        holder, key = draw(st.sampled_from([place for at, *place in places if at == depth]))
        holder[key] = draw(VALUES)
    return found


def _places(value: t.Any, depth: int = 0) -> Iterator[tuple[int, t.Any, t.Any]]:  # noqa: ANN401
    """Yield where each inner value of a JSON value is: depth, what holds it, and its key there."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield depth, value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key], depth + 1)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def states(server: ScriptedServer) -> list[t.Any]:
    """States of version 0.1.0, and those of this one, from runs that were stopped on the way."""
    server.app = _answer
    found = list(STATES)
    for requests in (4, 9, 12):
        limits = [{"requests": requests, "seconds": 3600}]
        config = {"api_url": server.url, "rate_limits": limits, **STOP}
        done = capture(lambda: TinyTap(config=config).run(), expected=AssertionError)  # noqa: B023
        found.append(done.state)
    return found


def _answer(call: Call) -> object:
    """Answer as a library does that has no page without a number."""
    library = Library.of(authors=3, books=1, reviews=1)
    library.loans = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 6)]
    library.shelves = {"a": [{"id": "a1"}], "b": []}
    pages = [call.query.get("page", "1"), call.query.get("offset", "0")]
    if not all(page.isascii() and page.isdigit() and 0 < len(page) < 4 for page in pages):
        return Reply([])
    return library(call)


def check(done: Run, server: ScriptedServer) -> None:
    assert isinstance(done.error, SystemExit)
    code = done.error.code or 0
    assert code in {0, 2}, done.log
    assert "Traceback" not in done.log
    if code:
        assert server.calls == []
        assert done.out == ""
        assert done.last_line.startswith("The file given with --state")
        assert CANARY not in done.log


def run(tap: t.Any, folder: Path, state: object, config: t.Any, *options: str) -> Run:  # noqa: ANN401
    files = {"config": config, "state": state}
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    given_files = [f"--{name}={folder / name}.json" for name in files]
    return capture(
        lambda: tap.cli.main([*given_files, *options]), expected=SystemExit, logger=tap.name
    )


# Nothing is shrunk: each example is a run of a tap.
@settings(max_examples=60, phases=[Phase.generate])
@given(data=st.data())
def test_any_state_of_the_kit(
    server: ScriptedServer, states: list[t.Any], tmp_path: Path, data: st.DataObject
) -> None:
    state = data.draw(changed(data.draw(st.sampled_from(states))))
    server.calls.clear()
    config = {"api_url": server.url, "shelf_ids": ["a", "b"], "rate_limits": []}
    check(run(TinyTap, tmp_path, state, config), server)


@settings(max_examples=20, phases=[Phase.generate])
@given(state=changed(MOCO_STATE))
def test_any_state_of_moco(server: ScriptedServer, tmp_path: Path, state: t.Any) -> None:  # noqa: ANN401
    server.app = lambda _: Reply([])
    server.calls.clear()
    catalog = tmp_path / "catalog.json"
    chosen = select(TapMoco, *MOCO_STATE["bookmarks"])
    catalog.write_text(json.dumps(chosen), encoding="utf-8")
    config = {"api_url": server.url, "api_key": "moco-k3y", "deleted_records": "detect"}
    check(run(TapMoco, tmp_path, state, config, f"--catalog={catalog}"), server)
