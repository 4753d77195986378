"""MicroPledge's JSON interface under /micropledge: ordinary pages that can speak JSON."""

from __future__ import annotations

import json
import re
import typing as t
from collections import Counter
from html import escape

from sandbox.wire import Budget, Call, Record, Reply, key_text

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.options import Options
    from sandbox.world import World

PATH = re.compile(r"/projects/(?P<slug>[^/]+)(?P<pledges>/pledges)?/?")


class MicroPledgeApi:
    """The site; reading needs no credentials."""

    name = "micropledge"
    prefix = "/micropledge"

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """All records of a stream; they carry `project_slug`, pledges `_occurrence` as well."""
        site = self.world.micropledge
        if stream == "projects":
            return ("project_slug",), [
                (site.project(slug) or {}) | {"project_slug": slug} for slug in sorted(site.slugs)
            ]
        if stream == "pledges":
            key = ("project_slug", "date", "userslug", "amount", "_occurrence")
            rows = [
                row | {"project_slug": slug, "_occurrence": number}
                for slug in site.slugs
                for row, number in zip(
                    site.pledges[slug], occurrences(site.pledges[slug]), strict=True
                )
            ]
            return key, sorted(rows, key=lambda row: [str(row[name] or "") for name in key])
        return None

    def credential(self, call: Call) -> str:
        """Whom the request counts against: the address."""
        return call.peer

    def refuse(self, _call: Call) -> Reply:
        """The answer beyond a limit, if the control endpoint has set one. Assumed."""
        return Reply(429)

    def mark(self, reply: Reply, budget: Budget, options: Options) -> None:
        """Add nothing: no header about limits is documented."""

    def answer(self, call: Call, _options: Options) -> Reply:
        """Serve one request."""
        if call.method not in {"GET", "HEAD"}:
            return Reply(405).on("?")
        found = PATH.fullmatch(call.path)
        if found is None:
            return _page("Not found", 404).on("?")
        template = "/projects/{slug}" + (found["pledges"] or "")
        slug = found["slug"]
        project = self.world.micropledge.project(slug)
        if call.query.get("format") != "json":
            name = project["name"] if project else "No such project"
            return _page(name, 200 if project else 404).on(template)
        if project is None:
            message = "NotFound: there is no such project"
            return _json({"messages": [message], "nextpage": "/", "result": "error"}).on(template)
        if not found["pledges"]:
            return _json(project).having_served("projects", [slug]).on(template)
        rows = self.world.micropledge.pledges[slug]
        reply = _json({"pledges": rows, "result": "success"})
        return reply.having_served("pledges", pledge_keys(slug, rows)).on(template)


def occurrences(rows: list[Record]) -> list[int]:
    """Number equal pledges of one project, counted from the oldest."""
    seen: Counter[tuple[object, ...]] = Counter()
    numbers = []
    for row in reversed(rows):
        known = (row["date"], row["userslug"], row["amount"])
        numbers.append(seen[known])
        seen[known] += 1
    return numbers[::-1]


def pledge_keys(slug: str, rows: list[Record]) -> list[str]:
    """The pledges' keys as text."""
    return [
        key_text((slug, row["date"], row["userslug"], row["amount"], number))
        for row, number in zip(rows, occurrences(rows), strict=True)
    ]


def _json(value: object) -> Reply:
    """JSON as the site writes it: with escaped slashes."""
    text = json.dumps(value, ensure_ascii=False).replace("/", "\\/")
    return Reply(body=text.encode(), content_type="application/json")


def _page(title: str, status: int) -> Reply:
    text = f"<!DOCTYPE html><html><head><title>{escape(title)}</title></head><body></body></html>"
    return Reply(status, text.encode(), "text/html; charset=utf-8")
