"""Lists that show only a part to some keys, without a word: the tap says so."""

from __future__ import annotations

import typing as t

from tests.harness.sandbox import count_paths
from tests.tap_moco.support import config_for, run_tap, select

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

ONE = "shows presences of one user only"


def leave_one_user(box: RunningSandbox) -> None:
    """Leave the presences of one user, as a personal key is shown them."""
    table = box.world.moco.tables["user_presences"]
    mine = next(iter(table.values()))["user"]["id"]
    for ident in [ident for ident, row in table.items() if row["user"]["id"] != mine]:
        del table[ident]


def read(box: RunningSandbox, before: Run | None = None) -> Run:
    state = before.state if before else None
    run = run_tap(config_for(box), catalog=select("user_presences"), state=state)
    assert run.error is None
    assert run.records["user_presences"] or before
    return run


def lines(run: Run) -> list[str]:
    return [line for line in run.log.splitlines() if ONE in line]


def test_presences_of_one_user_where_there_are_several(box: RunningSandbox) -> None:
    leave_one_user(box)
    box.control("POST", "/reset")

    first = read(box)
    asked = count_paths(box, "moco")["GET /users"]
    second = read(box, first)

    (line,) = lines(first)
    assert f"although there are {len(box.world.moco.tables['users'])}" in line
    assert asked == 1
    assert lines(second) == []
    assert count_paths(box, "moco")["GET /users"] == 1


def test_presences_of_one_user_where_users_may_not_be_read(box: RunningSandbox) -> None:
    leave_one_user(box)
    fault = {"api": "moco", "path": "/users", "kind": "status", "status": 403, "times": None}
    box.control("POST", "/faults", {**fault, "path": "^/users$"})

    (line,) = lines(read(box))

    assert "(/users: 403)" in line


def test_presences_of_several_users_cost_no_request(box: RunningSandbox) -> None:
    box.control("POST", "/reset")

    run = read(box)

    assert lines(run) == []
    assert "GET /users" not in count_paths(box, "moco")
