"""What belongs to rewards, which come with their project: a list that was doubted is read again."""

from __future__ import annotations

import typing as t

from tests.tap_ulule.scripted_api import make_project, partner, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run
    from tests.kit.scripted_server import Call, ScriptedServer

STREAMS = ("projects", "project_rewards", "reward_shippings")


def test_a_list_that_was_empty_once_comes_with_the_next_run(server: ScriptedServer) -> None:
    shippings: list[Record] = [{"id": n, "amount": 1, "countries": [n]} for n in range(1, 4)]
    counters, stumbles = {"comments_count": 0}, False

    def projects() -> list[Record]:
        reward = {
            "id": 11, "has_shippings": True, "stock_taken": 0,
            "shippings": dict.fromkeys(map(str, range(len(shippings))), 1),
        }  # fmt: skip
        return [make_project(1, rewards=[reward], **counters)]

    def lists(_: Call, parts: list[str]) -> object:
        nonlocal stumbles
        match parts:
            case ["rewards", "11", "shippings"]:
                found, stumbles = [] if stumbles else shippings, False
                return {"shippings": found}
        return None

    def run(before: Run | None = None) -> Run:
        done = read(server, STREAMS, before, partner_slugs=["a"], deleted_records="detect")
        assert done.error is None
        return done

    server.app = partner(projects, lists)
    first = run()
    shippings.append({"id": 4, "amount": 1, "countries": [4]})
    counters["comments_count"], stumbles = 1, True
    second = run(first)
    assert "a second reading says otherwise" in second.log

    assert 4 in run(second).ids("reward_shippings")
