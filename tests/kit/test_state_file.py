"""What is given with ``--state``: all that others print is read, and what is wrong is told."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from tests.harness.meltano_state import MeltanoStore
from tests.harness.run import unpack_state
from tests.kit.library import Library
from tests.kit.running import Run, capture, run_tap
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.scripted_server import ScriptedServer

BOOKMARK = {"replication_key": "updated_at", "replication_key_value": "2026-01-05T00:00:00Z"}
STATE = {"bookmarks": {"loans": BOOKMARK}}
MESSAGE = {"type": "STATE", "value": STATE}
MELTANO = {"singer_state": STATE}
OLD = {
    "singer_state": {"bookmarks": {"loans": {**BOOKMARK, "replication_key_value": "2020-01-01"}}}
}
# Of the ten loans, those behind the bookmark and its overlap.
NEW = [5, 6, 7, 8, 9, 10]

Start = t.Callable[[str], tuple[Run, int]]


@pytest.fixture
def start(server: ScriptedServer, tmp_path: Path) -> Start:
    """Run the tap's command line with a state file of this text; return its exit code, too."""
    server.app = Library.of(authors=2, books=2, reviews=2)
    server.app.loans = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
    server.app.shelves = {"a": [{"id": "a1"}]}
    settings = {"api_url": server.url, "shelf_ids": ["a"]}
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")

    def started(text: str) -> tuple[Run, int]:
        (tmp_path / "state.json").write_text(text, encoding="utf-8")
        files = [f"--{name}={tmp_path / name}.json" for name in ("config", "state")]
        done = capture(lambda: TinyTap.cli.main(files), expected=SystemExit, logger="tap-tiny")
        assert isinstance(done.error, SystemExit)
        return done, int(done.error.code or 0)

    return started


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(STATE),
        json.dumps(STATE, indent=2) + "\n\n",
        "\ufeff" + json.dumps(STATE),
        json.dumps(MESSAGE),
        json.dumps(MELTANO),
        json.dumps(MELTANO, indent=2),
        json.dumps({"completed": MELTANO, "partial": {}}),
        json.dumps({"completed": None, "partial": MELTANO}),
        json.dumps({"completed": OLD, "partial": MELTANO}),
        "\n".join(map(json.dumps, (OLD["singer_state"], {"bookmarks": {}}, STATE))),
        "\r\n".join(map(json.dumps, (OLD["singer_state"], MESSAGE))) + "\r\n",
        "\n".join(map(json.dumps, ({"type": "RECORD", "stream": "loans", "record": {}}, MESSAGE))),
    ],
)
def test_what_others_print_is_a_state(start: Start, text: str) -> None:
    run, code = start(text)
    assert code == 0
    assert run.ids("loans") == NEW


def test_what_meltano_itself_prints_is_a_state(start: Start) -> None:
    first, _ = start(json.dumps(STATE))
    store = MeltanoStore()
    store.save(first)

    again, code = start(store.printed)

    assert code == 0
    assert again.ids("loans") == []


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_none_and_that_is_said(start: Start, text: str) -> None:
    run, code = start(text)
    assert code == 0
    assert len(run.ids("loans")) == 10
    assert run.log.count("The file given with --state is empty") == 1


@pytest.mark.parametrize("text", ["{}", '{"singer_state": {}}', '{"bookmarks": {}}'])
def test_a_state_without_bookmarks_is_none(start: Start, text: str) -> None:
    run, code = start(text)
    assert code == 0
    assert len(run.ids("loans")) == 10


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "17",
        "bookmarks",
        '{"bookmarks"',
        "[" * 100_000,
        '{"bookmarks": null}',
        '{"bookmarks": []}',
        '{"bookmarks": {"loans": null}}',
        '{"bookmarks": {"loans": []}}',
        '{"api_url": "https://example.org"}',
        '{"singer_state": null}',
        '{"singer_state": []}',
        '{"singer_state": {"singer_state": {}}}',
        '{"type": "STATE"}',
        '{"type": "STATE", "value": 3}',
        '{"completed": 1, "partial": {}}',
        '{"bookmarks": {}}\n{"type": "RECORD", "stream": "loans", "record": {}}',
        '{"bookmarks": {"loans": {"round": NaN}}}',
        '{"bookmarks": {"loans": {"round": 1e999}}}',
    ],
)
def test_anything_else_is_told_in_one_line(start: Start, server: ScriptedServer, text: str) -> None:
    run, code = start(text)
    assert code == 2
    assert run.out == ""
    assert server.calls == []
    assert run.last_line == "The file given with --state is not the state of a Singer tap."


POSITION = {"query": "q", "page": {"page": "2"}, "last": "x"}
WRONG: list[tuple[str, object]] = [
    ("replication_key_value", "yesterday"),
    ("replication_key_value", 12345),
    ("replication_key_value", None),
    ("replication_key_value", ["2026-01-05T00:00:00Z"]),
    ("replication_key_value", "2126-01-05T00:00:00Z"),
    ("replication_key_value", "0001-01-01T00:00:00+02:00"),
    ("replication_key", "id"),
    ("replication_key", None),
    ("round", "1795643878"),
    ("round", None),
    ("round", [1]),
    ("round", -1),
    ("resume", []),
    ("resume", None),
    ("resume", {"at": "now"}),
    ("resume", {"at": 1, "contexts": []}),
    ("resume", {"at": 1, "contexts": {"query": 1, "done": "x"}}),
    ("resume", {"at": 1, "contexts": {"query": "q", "done": None}}),
    ("resume", {"at": 1, "contexts": {"query": "q"}}),
    ("resume", {"at": 1, "list": "q"}),
    ("resume", {"at": 1, "list": {"query": "q"}}),
    ("resume", {"at": 1, "list": {**POSITION, "page": "2"}}),
    ("resume", {"at": 1, "list": {**POSITION, "page": {"page": 2}}}),
    ("resume", {"at": 1, "list": {**POSITION, "last": 3}}),
    ("resume", {"at": 1, "list": {**POSITION, "latest": "2126-01-05T00:00:00Z"}}),
    ("resume", {"at": 1, "list": {**POSITION, "newest": 5}}),
    ("resume", {"at": 1, "list": {**POSITION, "signal": {}}}),
    ("signals", []),
    ("signals", "x"),
    ("signals", {"1": {}}),
    ("signals", {"1": ["2", 20783]}),
    ("signals", {"1": [2, 20783, ""]}),
    ("signals", {"1": ["2", "20783", ""]}),
    ("signals", {"1": ["2", 20783, "yesterday"]}),
    ("overlap", []),
    ("overlap", {"1": 5}),
    ("overlap", {"1": "9a3fb2c1"}),
    ("overlap", {"1": None}),
    ("query", "4884c8315b6e11f1"),
    ("query", {"fingerprint": 5, "start_date": ""}),
    ("query", {"fingerprint": "f", "start_date": 2024}),
    ("query", {"fingerprint": "f", "start_date": "then"}),
    ("census", []),
    ("census", {"known": "many"}),
    ("census", {"known": 3, "newest": None}),
    ("census", {"known": 3, "newest": 5, "behind": "yes"}),
    ("nested", "yes"),
    ("nested", True),
    ("read_until", 5),
    ("read_until", None),
    ("read_until", "2126-01-05T00:00:00Z"),
    ("types_until", "2026-01-05T00:00:00Z"),
    ("types_until", {"User": None}),
    ("types_until", {"User": "2126-01-05T00:00:00Z"}),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
@pytest.mark.parametrize("packed", [False, True])
def test_a_wrong_value_is_told_by_stream_and_key(
    start: Start,
    server: ScriptedServer,
    name: str,
    value: object,
    packed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """As versions before wrote it, and as it is written now; never by the value."""
    entry: dict[str, t.Any] = {**BOOKMARK, name: value}
    if packed and name not in BOOKMARK:
        entry = {**BOOKMARK, "checkpoint": [{name: value}]}

    run, code = start(json.dumps({"bookmarks": {"loans": entry}}))

    assert code == 2
    assert run.out == ""
    assert server.calls == []
    assert "Traceback" not in run.log
    assert f"in the state of 'loans', '{name}' " in run.last_line
    if value not in ("id", "q", "x", 5, -1, None):
        assert str(value) not in run.last_line


def test_the_bookmark_of_another_key_is_told_by_the_key(start: Start) -> None:
    other = {"replication_key": "id", "replication_key_value": "5"}
    run, code = start(json.dumps({"bookmarks": {"loans": other}}))
    assert code == 2
    assert "in the state of 'loans', 'replication_key' must be 'updated_at'" in run.last_line


@pytest.mark.parametrize("checkpoint", [None, {}, "x", [1], [None], [{}, {}]])
def test_a_wrong_checkpoint_is_told(start: Start, checkpoint: object) -> None:
    entry = {**BOOKMARK, "checkpoint": checkpoint}
    run, code = start(json.dumps({"bookmarks": {"loans": entry}}))
    assert code == 2
    assert "in the state of 'loans', 'checkpoint' " in run.last_line


@pytest.mark.parametrize(("hours", "code"), [(12, 0), (72, 2)])
def test_a_bookmark_may_be_of_tomorrow_at_the_most(start: Start, hours: int, code: int) -> None:
    """Clocks differ, and so do the zones of those who write one by hand."""
    soon = (datetime.now(timezone.utc) + timedelta(hours=hours)).isoformat()
    entry = {**BOOKMARK, "replication_key_value": soon}
    assert start(json.dumps({"bookmarks": {"loans": entry}}))[1] == code


def test_a_bookmark_of_the_first_year_reads_everything(start: Start) -> None:
    entry = {**BOOKMARK, "replication_key_value": "0001-01-01T00:00:00Z"}
    run, code = start(json.dumps({"bookmarks": {"loans": entry}}))
    assert code == 0
    assert len(run.ids("loans")) == 10


@pytest.mark.parametrize(
    "more",
    [
        {"progress_markers": []},
        {"partitions": 3},
        {"starting_replication_value": "yesterday"},
        {"starting_replication_value": None, "replication_key_signpost": 3},
    ],
)
def test_what_the_sdk_keeps_for_a_run_does_no_harm(start: Start, more: dict[str, object]) -> None:
    run, code = start(json.dumps({"bookmarks": {"loans": {**BOOKMARK, **more}, "gone": more}}))
    assert code == 0
    assert run.ids("loans") == NEW


def test_a_stream_that_there_is_not_may_hold_anything(start: Start) -> None:
    names = ("replication_key_value", "round", "resume", "signals", "query")
    gone = {name: ["x"] for name in names}
    run, code = start(json.dumps({"bookmarks": {"loans": BOOKMARK, "gone": gone}}))
    assert code == 0
    assert run.ids("loans") == NEW


@pytest.mark.parametrize("requests", [2, 5, 8, 11, 14, None])
def test_whatever_a_run_writes_is_right(
    server: ScriptedServer, start: Start, requests: int | None
) -> None:
    limits = [{"requests": requests, "seconds": 3600}] if requests else []
    settings = {"rate_limits": limits, "on_rate_limit": "stop", "max_wait": 0}
    done = run_tap(server.url, shelf_ids=["a"], **settings)
    assert done.error is None

    for state in done.states:
        assert start(json.dumps(state))[1] == 0
        assert start(json.dumps(unpack_state(state)))[1] == 0
