"""Which rows Ulule's endpoints serve; None says that there is no such parent or object."""

from __future__ import annotations

import typing as t

from sandbox.apis.ulule.listings import find_news, find_reward, find_user
from sandbox.apis.ulule.pages import BadParameterError
from sandbox.apis.ulule.versions import STATUSES
from sandbox.world.ulule.activity import list_events
from sandbox.world.ulule.texts import VALID

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.apis.ulule.listings import Asked, Rows
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule


def _sort_newest_first(rows: Iterable[Record]) -> Rows:
    return sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)


def _by_status(orders: Iterable[Record], asked: Asked) -> Rows:
    """Select the valid orders, or those with the status that is asked for."""
    status = asked.query.get("status")
    if status and status not in STATUSES:
        raise BadParameterError("status")
    wanted = {status} if status else VALID
    return [row for row in orders if row["status"] in wanted]


# Of the extras


def find_one(stream: str, field: str = "id") -> Callable[[Ulule, Asked], Rows | None]:
    """Select the row of a stream by a field."""

    def rows(ulule: Ulule, asked: Asked) -> Rows | None:
        for each in ulule.extras.rows[stream].values():
            for row in each:
                if str(row[field]) == asked.reference:
                    return [row]
        return None

    return rows


def list_values(stream: str, field: str = "id") -> Callable[[Ulule], Iterable[object]]:
    """List the values of a field in all rows of a stream."""

    def parents(ulule: Ulule) -> Iterable[object]:
        return [row[field] for rows in ulule.extras.rows[stream].values() for row in rows]

    return parents


def in_order(stream: str, parent: str | None = None) -> Callable[[Ulule, Asked], Rows | None]:
    """Select the rows of a parent, newest first; by default of the parent in the path."""

    def rows(ulule: Ulule, asked: Asked) -> Rows | None:
        key = asked.reference if parent is None else parent
        found = ulule.extras.rows[stream].get(key)
        return None if found is None else sorted(found, key=lambda row: -int(row["_at"]))

    return rows


# Projects


def project_rewards(ulule: Ulule, asked: Asked) -> Rows | None:
    """The rewards of a project."""
    project = ulule.find(asked.reference)
    return None if project is None else ulule.rewards[project["id"]]


def project_comments(ulule: Ulule, asked: Asked) -> Rows | None:
    """The comments of a project."""
    project = ulule.find(asked.reference)
    return None if project is None else _sort_newest_first(ulule.comments[project["id"]])


def project_news(ulule: Ulule, asked: Asked) -> Rows | None:
    """The published news of a project; its owner can ask for those that wait."""
    project = ulule.find(asked.reference)
    if project is None:
        return None
    rows = ulule.news[project["id"]]
    if asked.query.get("status", "online") == "waiting":
        return [row for row in rows if asked.own and row["status"] == "waiting"][::-1]
    return _sort_newest_first(row for row in rows if row["status"] == "online")


def project_supporters(ulule: Ulule, asked: Asked) -> Rows | None:
    """Who supports a project, as rows of `id`, `user` and `at`."""
    project = ulule.find(asked.reference)
    if project is None:
        return None
    rows = [{"id": user["id"], "user": user, "at": at}
            for user, at in ulule.supporters(project["id"])]  # fmt: skip
    return sorted(rows, key=lambda row: int(row["at"]), reverse=True)


def project_orders(ulule: Ulule, asked: Asked) -> Rows | None:
    """The valid orders of a project, or those with a status."""
    project = ulule.find(asked.reference)
    if project is None:
        return None
    rows = _by_status(ulule.orders[project["id"]], asked)
    for name in ("reward_id", "payment_method"):
        if name in asked.query:
            rows = [row for row in rows if str(row[name]) == asked.query[name]]
    return _sort_newest_first(rows)


def project_images(ulule: Ulule, asked: Asked) -> Rows | None:
    """The images of a project."""
    project = ulule.find(asked.reference)
    if project is None:
        return None
    found = in_order("project_images", str(project["id"]))(ulule, asked)
    kind = asked.query.get("type")
    return [row for row in found or () if kind is None or row["type"] == kind]


def project_events(ulule: Ulule, asked: Asked) -> Rows | None:
    """What happened to a project."""
    project = ulule.find(asked.reference)
    return None if project is None else list_events(ulule, project)


def project_messages(ulule: Ulule, asked: Asked) -> Rows | None:
    """The messages about a project: those of one of the threads."""
    project = ulule.find(asked.reference)
    if project is None:
        return None
    threads = ulule.extras.rows["threads"][""]
    thread = threads[project["id"] % len(threads)]
    return [
        row | {"thread_id": thread["id"], "id": project["id"] * 100 + number}
        for number, row in enumerate(ulule.extras.rows["thread_messages"][str(thread["id"])])
    ]


def reward(ulule: Ulule, asked: Asked) -> Rows | None:
    """A reward."""
    found = find_reward(ulule, asked.reference)
    return [found] if found else None


def news(ulule: Ulule, asked: Asked) -> Rows | None:
    """A published piece of news."""
    found = find_news(ulule, asked.reference)
    return [found] if found else None


def news_comments(ulule: Ulule, asked: Asked) -> Rows | None:
    """The comments of a piece of news."""
    found = find_news(ulule, asked.reference)
    return None if found is None else _sort_newest_first(ulule.news_comments[found["id"]])


def replies(ulule: Ulule, asked: Asked) -> Rows:
    """The replies to a comment."""
    return _sort_newest_first(ulule.replies.get(int(asked.reference), []))


def order(ulule: Ulule, asked: Asked) -> Rows | None:
    """An order."""
    rows = [row for rows in ulule.orders.values() for row in rows]
    return [row for row in rows if str(row["id"]) == asked.reference] or None


# Users and partners


def user(ulule: Ulule, asked: Asked) -> Rows | None:
    """A user."""
    found = find_user(ulule, asked.reference)
    return None if found is None else [found]


def user_orders(ulule: Ulule, asked: Asked) -> Rows | None:
    """The valid orders of a user, or those with a status."""
    found = find_user(ulule, asked.reference)
    if found is None:
        return None
    rows = (row for rows in ulule.orders.values() for row in rows)
    placed = (row for row in rows if row["user_id"] == found["id"])
    return _sort_newest_first(_by_status(placed, asked))


def user_projects(ulule: Ulule, asked: Asked) -> Rows | None:
    """The projects that a user owns."""
    found = find_user(ulule, asked.reference)
    if found is None:
        return None
    return [row for row in ulule.projects.values() if row["owner_id"] == found["id"]][::-1]


def sponsor_projects(ulule: Ulule, asked: Asked) -> Rows:
    """The projects that a user sponsors."""
    known = ulule.extras.rows["project_sponsorships"]
    return [
        ulule.projects[int(ident)]
        for ident, rows in known.items()
        if rows and str(int(rows[0]["sponsor"]["user"])) == asked.reference
    ][::-1]


def partner_users(ulule: Ulule, asked: Asked) -> Rows | None:
    """The users of a partner."""
    people = list(ulule.users.values())[40:70]
    return people[::-1] if asked.reference in ulule.partners else None


# The platform


def categories(ulule: Ulule, _asked: Asked) -> Rows:
    """The categories: tags that have none."""
    return [row for row in ulule.extras.tags if not row.get("category")]


def category(ulule: Ulule, asked: Asked) -> Rows | None:
    """A category."""
    return [row for row in categories(ulule, asked) if row["slug"] == asked.reference] or None


def category_tags(ulule: Ulule, asked: Asked) -> Rows:
    """The tags of a category."""
    return [
        {key: value for key, value in row.items() if key != "category"}
        for row in ulule.extras.tags
        if row.get("category") and str(row["category"]["id"]) == asked.reference
    ]
