"""A public list that may not be read for a while is looked at again once it may."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, partner, read

if t.TYPE_CHECKING:
    from tests.harness.run import Run

STREAMS = ("projects", "project_faqs")


def test_a_list_two_levels_down_is_asked_once_more_too(server: ScriptedServer) -> None:
    refused = True
    news = [{"id": 21, "comments_count": 1}, {"id": 22, "comments_count": 1}]

    def lists(call: Call, parts: list[str]) -> object:
        match parts:
            case ["projects", "1", "news"]:
                return page_of(news, call, "news")
            case ["news", ident, "comments"] if not (refused and ident == "21"):
                row = {"id": int(ident) + 30, "submit_date": "2026-01-01T00:00:00Z"}
                return page_of([row], call, "comments")
        return Reply({}, status=403)

    def run(before: Run | None = None) -> Run:
        streams = ("projects", "project_news", "news_comments")
        done = read(server, streams, before, partner_slugs=["a"], refresh_days=0)
        assert done.error is None
        return done

    server.app = partner(lambda: [make_project(1, news_count=2)], lists)
    first = run()
    assert first.ids("news_comments") == [52]
    refused = False

    assert 51 in run(first).ids("news_comments")


def test_each_time_that_it_is_refused_anew_the_next_run_asks_once_more(
    server: ScriptedServer,
) -> None:
    questions, counters, refused = [{"id": 1}], {"comments_count": 0}, False

    def lists(call: Call, parts: list[str]) -> object:
        match parts:
            case ["projects", "1", "faq"]:
                return Reply({}, status=403) if refused else page_of(questions, call, "faq")
        return None

    def run(before: Run | None = None) -> Run:
        done = read(server, STREAMS, before, partner_slugs=["a"])
        assert done.error is None
        return done

    server.app = partner(lambda: [make_project(1, **counters)], lists)
    refused = True
    first = run()
    refused = False
    second = run(first)
    questions.append({"id": 2})
    counters["comments_count"], refused = 1, True
    third = run(second)
    refused = False
    fourth = run(third)

    assert second.ids("project_faqs") == [1]
    assert third.ids("project_faqs") == []
    assert fourth.ids("project_faqs") == [1, 2]
