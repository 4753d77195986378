"""The lists below a parent that the Ulule double serves: one entry per list.

To serve another list, make its rows in `sandbox.world.ulule` and add a `Child` here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.apis.ulule.pages import BadParameterError
from sandbox.apis.ulule.versions import STATUSES
from sandbox.wire import Record, key_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.apis.ulule.render import Renderer
    from sandbox.apis.ulule.view import View
    from sandbox.world.ulule import Ulule


@dataclass(frozen=True)
class Asked:
    """What a list is asked with: its query, and whether by the project's owner."""

    query: Mapping[str, str] = field(default_factory=dict)
    own: bool = False


@dataclass(frozen=True)
class Child:
    """A list of one parent's rows, newest first.

    `moment` is what a list that newer versions page by `since` sorts by; `key` gives the parts of
    a row's key after the parent's; `private` lists are the project owner's.
    """

    stream: str
    envelope: str
    select: Callable[[Ulule, Record, Asked], Sequence[Any]]
    render: Callable[[Renderer, Any, View, Record], Record]
    moment: Callable[[Any], int] | None = None
    paginated: bool = True
    private: bool = False
    key: Callable[[Any], object] = lambda row: row["id"]
    parent_in_key: bool = False

    def keys(self, parent: Record, rows: Sequence[Any]) -> list[str]:
        """The keys of rows, as text."""
        lead = (parent["id"],) if self.parent_in_key else ()
        return [key_text((*lead, self.key(row))) for row in rows]


def _newest(rows: Sequence[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)


def comments(ulule: Ulule, project: Record, _asked: Asked) -> list[Record]:
    """The comments of a project."""
    return _newest(ulule.comments[project["id"]])


def news_comments(ulule: Ulule, news: Record, _asked: Asked) -> list[Record]:
    """The comments of a piece of news."""
    return _newest(ulule.news_comments[news["id"]])


def news(ulule: Ulule, project: Record, asked: Asked) -> list[Record]:
    """The published news of a project; its owner can ask for those that wait."""
    wanted = asked.query.get("status", "online")
    rows = ulule.news[project["id"]]
    if wanted == "waiting":
        return [row for row in rows if asked.own and row["status"] == "waiting"][::-1]
    return _newest([row for row in rows if row["status"] == "online"])


def supporters(ulule: Ulule, project: Record, _asked: Asked) -> list[tuple[Record, int]]:
    """Who supports a project."""
    return sorted(ulule.supporters(project["id"]), key=lambda row: row[1], reverse=True)


def orders(ulule: Ulule, project: Record, asked: Asked) -> list[Record]:
    """The valid orders of a project, or those with a status."""
    query = asked.query
    status = query.get("status")
    rows = ulule.valid_orders(project["id"])
    if status:
        if status not in STATUSES:
            raise BadParameterError("status")
        rows = [row for row in ulule.orders[project["id"]] if row["status"] == status]
    for name in ("reward_id", "payment_method"):
        if name in query:
            rows = [row for row in rows if str(row[name]) == query[name]]
    return _newest(rows)


def rewards(ulule: Ulule, project: Record, _asked: Asked) -> list[Record]:
    """The rewards of a project."""
    return ulule.rewards[project["id"]]


def find_news(ulule: Ulule, reference: str) -> Record | None:
    """A published piece of news by id."""
    rows = (row for rows in ulule.news.values() for row in rows)
    return next((row for row in rows if str(row["id"]) == reference and row["at"]), None)


PARENTS: Mapping[str, Callable[[Ulule, str], Record | None]] = {
    "projects": lambda ulule, reference: ulule.find(reference),
    "news": find_news,
}

CHILDREN: Mapping[tuple[str, str], Child] = {
    ("projects", "rewards"): Child(
        "project_rewards", "rewards", rewards,
        lambda show, row, view, parent: show.reward(row, view, parent), paginated=False),
    ("projects", "comments"): Child(
        "project_comments", "comments", comments,
        lambda show, row, view, _parent: show.comment(row, view), moment=lambda row: row["at"]),
    ("projects", "news"): Child(
        "project_news", "news", news, lambda show, row, view, _parent: show.news(row, view)),
    ("projects", "supporters"): Child(
        "project_supporters", "supporters", supporters,
        lambda show, row, view, _parent: show.supporter(row, view), moment=lambda row: row[1],
        key=lambda row: row[0]["id"], parent_in_key=True),
    ("projects", "orders"): Child(
        "project_orders", "orders", orders,
        lambda show, row, view, _parent: show.order(row, view), moment=lambda row: row["at"],
        private=True),
    ("news", "comments"): Child(
        "news_comments", "comments", news_comments,
        lambda show, row, view, _parent: show.comment(row, view), moment=lambda row: row["at"]),
}  # fmt: skip
