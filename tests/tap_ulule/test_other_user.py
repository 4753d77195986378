"""A token of another user: what that one sees is read anew, although nothing else tells of it."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.support import run

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.run import Run

USERS = {"Bearer first": 1, "Bearer first, renewed": 1, "Bearer second": 2}
DAYS = {1: ["2026-02-01", "2026-02-02"], 2: ["2026-01-01", "2026-01-02"]}


def answer(call: Call) -> object:
    user = USERS[call.headers["Authorization"]]
    if call.path.endswith("/me"):
        return {"id": user, "username": f"user{user}"}
    if call.path.endswith("/threads"):
        rows = [
            {"id": 10 * user + place, "updated_at": f"{day}T00:00:00Z"}
            for place, day in reversed(list(enumerate(DAYS[user])))
        ]
        return {"meta": {"next": None, "total_count": len(rows)}, "threads": rows}
    return Reply({}, status=404)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    made.app = answer
    yield made
    made.close()


def read(server: ScriptedServer, token: str, before: Run | None = None) -> Run:
    settings = {
        "api_url": server.url,
        "discussions_url": server.url,
        "auth_method": "oauth2",
        "access_token": token,
    }
    found = run(settings, state=before.state if before else None, select=["threads"])
    assert found.error is None
    return found


def test_all_that_another_user_sees_comes(server: ScriptedServer) -> None:
    second = read(server, "second", read(server, "first"))
    assert sorted(second.ids("threads")) == [20, 21]


def test_a_new_token_of_the_same_user_changes_nothing(server: ScriptedServer) -> None:
    second = read(server, "first, renewed", read(server, "first"))
    assert second.ids("threads") == []
    assert "is read anew" not in second.log


def test_an_api_that_does_not_tell_whose_token_it_is_ends_what_needs_it(
    server: ScriptedServer,
) -> None:
    server.app = lambda call: {"username": "nobody"} if call.path.endswith("/me") else answer(call)
    settings = {"api_url": server.url, "auth_method": "oauth2", "access_token": "first"}
    found = run(settings, select=["user_links"])
    assert str(found.error) == "The answer to GET /me has no 'id'."
