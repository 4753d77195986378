"""What an entry of Ulule's table of lists and objects says about its endpoint."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.apis.ulule.render import Renderer
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

Rows = list[t.Any]


@dataclass(frozen=True)
class Asked:
    """What an endpoint is asked with.

    `reference` names the parent or the object, `own` tells whether the viewer manages the project.
    """

    reference: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    own: bool = False


def find_user(ulule: Ulule, reference: str) -> Record | None:
    """A user by id or user name."""
    if reference.isdigit():
        return ulule.users.get(int(reference))
    return next((row for row in ulule.users.values() if row["username"] == reference), None)


def find_news(ulule: Ulule, reference: str) -> Record | None:
    """A published piece of news by id."""
    rows = (row for rows in ulule.news.values() for row in rows)
    return next((row for row in rows if str(row["id"]) == reference and row["at"]), None)


def find_reward(ulule: Ulule, reference: str) -> Record | None:
    """A reward by id."""
    rows = (row for rows in ulule.rewards.values() for row in rows)
    return next((row for row in rows if str(row["id"]) == reference), None)


def read_moment(row: Record) -> int | None:
    """When a row was made, in nanoseconds, if it says."""
    moment: int | None = row.get("_at", row.get("at"))
    return moment


@dataclass(frozen=True)
class Listing:
    """One endpoint.

    `access` says who may read it: `anyone`; `signed` in; `self`, the user in the path; `manager` of
    the project in the path; `partner`; `staff`; `visible`, as the project in the path. `style` says
    how it is paged: `none`, `offset` (newer versions: `since`), `since`, `array` (newer versions:
    `since` in an envelope), `single`; without a `moment` newer versions page by offset too.
    `inject` names the part of the path that `/world` adds.
    """

    path: str
    stream: str
    envelope: str = ""
    access: str = "anyone"
    style: str = "none"
    resource: str = ""
    inject: str = ""
    key: tuple[str, ...] = ("id",)
    language: str = ""
    rows: Callable[[Ulule, Asked], Rows | None] | None = None
    parents: Callable[[Ulule], Iterable[object]] | None = None
    render: Callable[[Renderer, t.Any, View], Record] | None = None
    moment: Callable[[t.Any], int | None] | None = read_moment

    def found(self, ulule: Ulule, asked: Asked) -> Rows | None:
        """The rows below a parent; None if there is no such parent."""
        if self.rows is not None:
            return self.rows(ulule, asked)
        known = ulule.extras.rows[self.stream]
        if "{}" not in self.path:
            return known.get("")
        if self.path.startswith("/projects/"):
            project = ulule.find(asked.reference)
            return None if project is None else known.get(str(project["id"]), [])
        if self.path.startswith("/users/"):
            user = find_user(ulule, asked.reference)
            return None if user is None else known.get(str(user["id"]), [])
        return known.get(asked.reference, [])

    def project(self, ulule: Ulule, reference: str) -> Record | None:
        """The project that the path is about, if it is about one."""
        if self.path.startswith("/projects/"):
            return ulule.find(reference)
        row = None
        if self.path.startswith("/news/"):
            row = find_news(ulule, reference)
        elif self.path.startswith("/rewards/"):
            row = find_reward(ulule, reference)
        return ulule.projects.get(row["project_id"]) if row else None

    def main_language(self, ulule: Ulule, reference: str) -> str:
        """The language of texts below a parent that do not tell theirs."""
        project = self.project(ulule, reference)
        return self.language or (project["lang"] if project else "fr")

    def references(self, ulule: Ulule) -> Iterable[object]:
        """All parents."""
        if self.parents is not None:
            return self.parents(ulule)
        return list(ulule.extras.rows[self.stream])
