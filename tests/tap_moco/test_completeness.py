"""What must not look like success: a key that ends, an address that is wrong, rows that vanish."""

from __future__ import annotations

import json
import typing as t

import pytest

from tap_moco.tap import TapMoco
from tests.tap_moco.support import config_for, list_requests, run_command, run_tap, select, world

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_moco._kit.paging.page_walk.PAUSES", (0.0, 0.0, 0.0))


def fault(box: RunningSandbox, kind: str, **members: object) -> None:
    box.control("POST", "/faults", {"api": "moco", "kind": kind, "times": None, **members})


# A key that ends


@pytest.mark.parametrize("requests", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_key_that_ends_in_the_middle_fails_and_nothing_is_lost(
    box: RunningSandbox, requests: int, concurrency: int
) -> None:
    catalog = select("units", "offers", "offer_details", "deals")
    config = config_for(box, concurrency=concurrency)
    fault(box, "revoked", skip=requests)

    failed = run_tap(config, catalog=catalog)
    box.control("DELETE", "/faults")
    mended = run_tap(config, catalog=catalog, state=failed.state)

    assert failed.code == 1
    assert "The API stopped accepting the credentials" in str(failed.error)
    for stream in ("units", "offers", "offer_details", "deals"):
        got = {row["id"] for run in (failed, mended) for row in run.records[stream]}
        assert got == {row["id"] for row in world(box, stream)}


def test_a_permission_that_is_missing_by_401_is_skipped_with_one_probe(
    box: RunningSandbox,
) -> None:
    fault(box, "status", path=r"^/offers/\d+$", status=401)
    catalog = select("offers", "offer_details", "units")

    run = run_tap(config_for(box, concurrency=1), catalog=catalog)

    assert run.error is None
    assert run.summary["denied"] == ["offer_details: 401"]
    assert [entry["path"] for entry in list_requests(box)].count("/session") == 1
    assert run.summary["streams"]["offer_details"]["requests"] == 1
    box.control("DELETE", "/faults")
    later = run_tap(config_for(box), catalog=catalog, state=run.state)
    assert len(later.records["offer_details"]) == len(world(box, "offers"))


# A wrong address


@pytest.mark.parametrize("options", [(), ("--plan",)], ids=["run", "plan"])
def test_an_address_where_nothing_is_fails_in_one_line(
    box: RunningSandbox, tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = run_command(config_for(box, api_url=f"{box.url}/moco/api/v9"), tmp_path, *options)

    assert done.code == 2
    assert "Nothing could be read (only 404): check 'api_url'." in done.last_line
    assert "Traceback" not in done.log


def test_a_domain_that_does_not_exist_is_named(
    box: RunningSandbox, closed_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody but this machine is asked.
    monkeypatch.setattr(TapMoco, "api_url", closed_url)
    config = config_for(box, api_url=None, domain="no-such-agency", retry_seconds=0)

    run = run_tap(config, catalog=select("deals"))

    assert "Check the setting 'domain'." in str(run.error)


# Empty pages


def test_a_page_that_comes_empty_once_is_read_again(box: RunningSandbox) -> None:
    fault(box, "empty", path="/activities", query={"page": "2"}, times=1)

    run = run_tap(config_for(box), catalog=select("activities"))

    assert run.error is None
    assert len(run.records["activities"]) == len(world(box, "activities"))


@pytest.mark.parametrize("query", [{}, {"page": "2"}], ids=["all", "second"])
def test_a_page_that_stays_empty_fails_and_the_bookmark_stays(
    box: RunningSandbox, query: dict[str, str]
) -> None:
    fault(box, "empty", path="/activities", query=query)

    failed = run_tap(config_for(box), catalog=select("activities"))
    box.control("DELETE", "/faults")
    mended = run_tap(config_for(box), catalog=select("activities"), state=failed.state)

    assert "The list 'activities' ended after" in str(failed.error)
    assert failed.code == 1
    got = {row["id"] for run in (failed, mended) for row in run.records["activities"]}
    assert got == {row["id"] for row in world(box, "activities")}


# Lists that vanish


def vanish(box: RunningSandbox, path: str, rows: str = "[]", times: int | None = 1) -> None:
    """Let a list come as if it had no more rows, its total included."""
    fault(box, "status", path=path, status=200, body=rows, headers={"X-Total": "0"}, times=times)


def told(run: t.Any) -> list[str]:  # noqa: ANN401 - a Run
    return [m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"]


def test_one_empty_answer_deletes_nothing(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    first = run_tap(config, catalog=select("todos"))
    vanish(box, "/todos")

    second = run_tap(config, catalog=select("todos"), state=first.state)
    third = run_tap(config, catalog=select("todos"), state=second.state)

    assert told(second) == []
    assert "'todos' had 0 records" in str(second.error)
    assert second.code == 1
    assert told(third) == ["todos"]
    assert len(third.records["todos"]) == len(world(box, "todos"))


def test_an_empty_answer_to_the_first_run_deletes_nothing(box: RunningSandbox) -> None:
    vanish(box, "/todos")

    run = run_tap(config_for(box, deleted_records="detect"), catalog=select("todos"))

    assert told(run) == []
    assert run.error is not None


def test_an_empty_answer_to_a_list_that_is_counted_deletes_nothing(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    first = run_tap(config, catalog=select("deals"))
    # The news are none, and neither the count nor the whole list has any rows; then it has.
    vanish(box, "/deals", times=3)

    second = run_tap(config, catalog=select("deals"), state=first.state)

    assert told(second) == []
    assert "'deals' had 0 records" in str(second.error)


def test_a_list_without_a_total_that_comes_short_deletes_nothing(
    make_box: t.Callable[..., RunningSandbox],
) -> None:
    box = make_box(scale=1.0)
    config = config_for(box, deleted_records="detect")
    first = run_tap(config, catalog=select("todos"))
    rows = world(box, "todos")
    body = json.dumps(rows[: len(rows) * 2 // 3])
    fault(box, "status", path="/todos", status=200, body=body, times=1)

    second = run_tap(config, catalog=select("todos"), state=first.state)
    third = run_tap(config, catalog=select("todos"), state=second.state)

    assert 0 < len(second.records["todos"]) < len(rows)
    assert told(second) == []
    assert "nothing of it is taken for deleted" in str(second.error)
    assert told(third) == ["todos"]
    assert len(third.records["todos"]) == len(rows)


@pytest.mark.parametrize("left", [0, 1])
def test_what_two_readings_say_is_believed_and_told(
    make_box: t.Callable[..., RunningSandbox], left: int
) -> None:
    box = make_box(scale=1.0)
    config = config_for(box, deleted_records="detect")
    first = run_tap(config, catalog=select("todos"))
    table = box.world.moco.tables["todos"]
    known = len(table)
    for ident in list(table)[left:]:
        del table[ident]
    box.control("POST", "/reset")

    second = run_tap(config, catalog=select("todos"), state=first.state)
    third = run_tap(config, catalog=select("todos"), state=second.state)

    assert second.error is None
    assert told(second) == ["todos"]
    assert len(list_requests(box)) == 2 + 1
    lines = [line for line in second.log.splitlines() if "second reading agrees" in line]
    assert len(lines) == 1
    assert f"of {known} known records {left} are left" in lines[0]
    assert told(third) == ["todos"]
    assert "second reading" not in third.log
