"""A list that a run goes on with, where an earlier one stopped: what came meanwhile is not lost."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, partner, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record

STREAMS = ("projects", "project_news", "news_comments")
FAILING = "/v1/news/95/comments"


def make_news(ident: int, day: int) -> Record:
    return {
        "id": ident,
        "comments_count": 1,
        "status": "online",
        "date_publication": f"2026-01-{day:02}T10:00:00Z",
    }


def test_what_came_above_the_place_where_a_run_went_on_comes_next_time(
    server: ScriptedServer,
) -> None:
    news = [make_news(100 - n, 20 - n) for n in range(10)]

    def lists(call: Call, parts: list[str]) -> object:
        match parts:
            case ["projects", "1", "news"]:
                return page_of(news, call, "news")
            case ["news", ident, "comments"]:
                row = {"id": int(ident) * 10, "submit_date": "2026-01-20T10:00:00Z"}
                return page_of([row], call, "comments")
        return None

    answer = partner(lambda: [make_project(1, news_count=len(news))], lists)
    server.app = lambda call: Reply(status=500) if call.path == FAILING else answer(call)
    first = read(server, STREAMS, partner_slugs=["a"])
    assert first.error is not None
    server.app = answer
    news.insert(0, make_news(200, 25))
    second = read(server, STREAMS, first, partner_slugs=["a"])
    third = read(server, STREAMS, second, partner_slugs=["a"])

    assert 200 not in second.ids("project_news")
    assert 200 in third.ids("project_news")
    server.calls.clear()
    read(server, STREAMS, third, partner_slugs=["a"])
    assert server.asked("/v1/projects/1/news") == 0
