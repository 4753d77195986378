"""All other lists and objects that the Ulule double serves: one entry per endpoint.

To serve another one, make its rows in `sandbox.world.ulule.extras` and add a `Listing` here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.world.ulule import AGENCY
from sandbox.world.ulule.people import FIRST_USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.apis.ulule.render import Renderer
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

Rows = list[Any]


@dataclass(frozen=True)
class Listing:
    """One endpoint.

    `access` says who may read it: `anyone`; `signed` in; `self`, the user in the path; `manager` of
    the project in the path; `partner`; `staff`; `visible`, as the project in the path. `style` says
    how it is paged: `none`, `offset` (newer versions: `since`), `since`, `array` (newer versions:
    `since` in an envelope), `single`. `inject` names the part of the path that `/world` adds.
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
    rows: Callable[[Ulule, str], Rows | None] | None = None
    parents: Callable[[Ulule], Iterable[object]] | None = None
    render: Callable[[Renderer, Any, View], Record] | None = None

    def found(self, ulule: Ulule, reference: str) -> Rows | None:
        """The rows below a parent; None if there is no such parent."""
        if self.rows is not None:
            return self.rows(ulule, reference)
        known = ulule.extras.rows[self.stream]
        if "{}" not in self.path:
            return known.get("")
        if self.path.startswith("/projects/"):
            project = ulule.find(reference)
            return None if project is None else known.get(str(project["id"]), [])
        if self.path.startswith("/users/"):
            user = find_user(ulule, reference)
            return None if user is None else known.get(str(user["id"]), [])
        return known.get(reference, [])

    def main_language(self, ulule: Ulule, reference: str) -> str:
        """The language of texts below a parent that do not tell theirs."""
        project = ulule.find(reference) if self.path.startswith("/projects/") else None
        if self.path.startswith("/rewards/") and (reward := _reward(ulule, reference)):
            project = ulule.projects[reward[0]["project_id"]]
        return self.language or (project["lang"] if project else "fr")

    def references(self, ulule: Ulule) -> Iterable[object]:
        """All parents."""
        if self.parents is not None:
            return self.parents(ulule)
        return list(ulule.extras.rows[self.stream])


def find_user(ulule: Ulule, reference: str) -> Record | None:
    """A user by id or user name."""
    if reference.isdigit():
        return ulule.users.get(int(reference))
    return next((row for row in ulule.users.values() if row["username"] == reference), None)


def _one_of(stream: str, field: str = "id") -> Callable[[Ulule, str], Rows | None]:
    """Find one row of a stream by a field."""

    def rows(ulule: Ulule, reference: str) -> Rows | None:
        for each in ulule.extras.rows[stream].values():
            for row in each:
                if str(row[field]) == reference:
                    return [row]
        return None

    return rows


def _all_of(stream: str, field: str = "id") -> Callable[[Ulule], Iterable[object]]:
    def parents(ulule: Ulule) -> Iterable[object]:
        return [row[field] for rows in ulule.extras.rows[stream].values() for row in rows]

    return parents


def _order(ulule: Ulule, reference: str) -> Rows | None:
    found = [row for rows in ulule.orders.values() for row in rows if str(row["id"]) == reference]
    return found or None


def _reward(ulule: Ulule, reference: str) -> Rows | None:
    found = [row for rows in ulule.rewards.values() for row in rows if str(row["id"]) == reference]
    return found or None


def _news(ulule: Ulule, reference: str) -> Rows | None:
    found = [row for rows in ulule.news.values() for row in rows
             if str(row["id"]) == reference and row["at"]]  # fmt: skip
    return found or None


def _newest(rows: Iterable[Record]) -> Rows:
    return sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)


def _user_orders(ulule: Ulule, reference: str) -> Rows | None:
    user = find_user(ulule, reference)
    if user is None:
        return None
    return _newest(row for rows in ulule.orders.values() for row in rows
                   if row["user_id"] == user["id"])  # fmt: skip


def _owned(ulule: Ulule, reference: str) -> Rows | None:
    user = find_user(ulule, reference)
    if user is None:
        return None
    return [row for row in ulule.projects.values() if row["owner_id"] == user["id"]][::-1]


def _sponsored(ulule: Ulule, reference: str) -> Rows:
    known = ulule.extras.rows["project_sponsorships"]
    return [
        ulule.projects[int(ident)]
        for ident, rows in known.items()
        if rows and str(int(rows[0]["sponsor"]["user"])) == reference
    ][::-1]


def _user(ulule: Ulule, reference: str) -> Rows | None:
    user = find_user(ulule, reference)
    return None if user is None else [user]


def _partner_users(ulule: Ulule, reference: str) -> Rows | None:
    people = list(ulule.users.values())[40:70]
    return people[::-1] if reference in ulule.partners else None


def _events(ulule: Ulule, reference: str) -> Rows | None:
    project = ulule.find(reference)
    return None if project is None else ulule.events(project)


def _replies(ulule: Ulule, reference: str) -> Rows:
    return _newest(ulule.replies.get(int(reference), []))


def _with_replies(ulule: Ulule) -> Iterable[object]:
    shown = {row["id"] for rows in ulule.comments.values() for row in rows}
    return [ident for ident in ulule.replies if ident in shown]


def _category(ulule: Ulule, reference: str) -> Rows | None:
    found = [row for row in ulule.extras.tags if not row.get("category")]
    return [row for row in found if row["slug"] == reference] or None


def _categories(ulule: Ulule, _reference: str) -> Rows:
    return [row for row in ulule.extras.tags if not row.get("category")]


def _category_tags(ulule: Ulule, reference: str) -> Rows:
    return [
        {key: value for key, value in row.items() if key != "category"}
        for row in ulule.extras.tags
        if row.get("category") and str(row["category"]["id"]) == reference
    ]


def _project_messages(ulule: Ulule, reference: str) -> Rows | None:
    project = ulule.find(reference)
    if project is None:
        return None
    threads = ulule.extras.rows["threads"][""]
    thread = threads[project["id"] % len(threads)]
    return [
        row | {"thread_id": thread["id"], "id": project["id"] * 100 + number}
        for number, row in enumerate(ulule.extras.rows["thread_messages"][str(thread["id"])])
    ]


def _in_order(ulule: Ulule, stream: str, reference: str) -> Rows | None:
    rows = ulule.extras.rows[stream].get(reference)
    return None if rows is None else sorted(rows, key=lambda row: -int(row["_at"]))


ME = str(FIRST_USER)
PROJECTS: Callable[[Ulule], Iterable[object]] = lambda ulule: list(ulule.projects)  # noqa: E731


def _mine(_ulule: Ulule) -> Iterable[object]:
    return [FIRST_USER]


def _orders(ulule: Ulule) -> Iterable[object]:
    return [row["id"] for project in ulule.projects for row in ulule.valid_orders(project)
            if ulule.may_manage(project)]  # fmt: skip


def _user_render(show: Renderer, row: Record, view: View) -> Record:
    return show.user(row, view)


def _short_project(show: Renderer, row: Record, view: View) -> Record:
    return show.short_project(row, view)


LISTINGS: tuple[Listing, ...] = (
    # Projects
    Listing("/projects/{}/tags", "project_tags", "tags", "visible", resource="tag",
            inject="project_id", key=("project_id", "id")),
    Listing("/projects/{}/videos", "project_videos", "videos", "visible", inject="project_id"),
    Listing("/projects/{}/images", "project_images", "images", "visible", "since",
            inject="project_id",
            rows=lambda ulule, ref: None if (found := ulule.find(ref)) is None
            else _in_order(ulule, "project_images", str(found["id"]))),
    Listing("/projects/{}/analytics", "project_analytics_tags", "analytics", "visible",
            inject="project_id"),
    Listing("/projects/{}/events", "project_events", "events", "visible", "since",
            inject="project_id", key=("project_id", "type", "time"), rows=_events,
            parents=PROJECTS),
    Listing("/projects/{}/faq", "project_faqs", "faq", "visible", "since", inject="project_id"),
    Listing("/projects/{}/impact", "project_impacts", "", "visible", "single",
            inject="project_id", key=("project_id",)),
    Listing("/projects/{}/sponsorships", "project_sponsorships", "sponsorships", "manager",
            resource="sponsorship", inject="project_id"),
    Listing("/projects/{}/partnerships", "project_partnerships", "partnerships", "manager",
            resource="partnership", inject="project_id"),
    Listing("/projects/{}/exports", "project_exports", "exports", "manager", "array",
            inject="project_id"),
    Listing("/projects/{}/messages", "project_messages", "messages", "staff", "since",
            inject="project_id", rows=_project_messages, parents=PROJECTS),
    Listing("/rewards/{}/variants", "reward_variants", "variants", resource="variant",
            inject="reward_id"),
    Listing("/rewards/{}/shippings", "reward_shippings", "shippings", inject="reward_id"),
    Listing("/comments/{}/replies", "comment_replies", "replies", style="since",
            inject="comment_id", rows=_replies, parents=_with_replies,
            render=lambda show, row, view: show.reply(row, view)),
    # Details
    Listing("/rewards/{}", "reward_details", style="single", rows=_reward,
            parents=lambda ulule: [row["id"] for rows in ulule.rewards.values() for row in rows],
            render=lambda show, row, view: show.reward_row(row, view)),
    Listing("/news/{}", "news_details", style="single", rows=_news,
            parents=lambda ulule: [row["id"] for rows in ulule.news.values() for row in rows
                                   if row["at"]],
            render=lambda show, row, view: show.news_detail(row, view)),
    Listing("/orders/{}", "order_details", access="signed", style="single", rows=_order,
            parents=_orders, render=lambda show, row, view: show.order(row, view)),
    Listing("/exports/{}", "export_details", access="signed", style="single",
            rows=_one_of("project_exports"), parents=_all_of("project_exports")),
    Listing("/partnerships/{}", "partnership_details", access="signed", style="single",
            resource="partnership", rows=_one_of("project_partnerships"),
            parents=_all_of("project_partnerships")),
    Listing("/addresses/{}", "address_details", access="signed", style="single",
            rows=_one_of("user_addresses"), parents=_all_of("user_addresses")),
    Listing("/accounts/{}", "accounts", access="signed", style="single",
            rows=_one_of("accounts"), parents=_all_of("accounts")),
    Listing("/partners/{}", "partners", style="single", rows=_one_of("partners", "slug"),
            parents=_all_of("partners", "slug")),
    Listing("/channels/{}", "channel_details", style="single", key=("slug",), language="en",
            rows=_one_of("channels", "slug"), parents=_all_of("channels", "slug")),
    Listing("/categories/{}", "category_details", style="single", resource="tag", language="en",
            rows=_category, parents=lambda ulule: [row["slug"] for row in _categories(ulule, "")]),
    Listing("/proposals/{}", "proposal_details", access="signed", style="single",
            resource="proposal", rows=_one_of("proposals"), parents=_all_of("user_proposals")),
    Listing("/threads/{}", "thread_details", access="signed", style="single",
            rows=_one_of("threads"), parents=_all_of("threads")),
    # Users and partners
    Listing("/users/{}", "users", access="anyone", style="single", rows=_user,
            parents=lambda ulule: list(ulule.users), render=_user_render),
    Listing("/users/{}/projects", "user_projects", "projects", "signed", "offset",
            inject="user_id", key=("user_id", "id"), rows=_owned, parents=_mine,
            render=_short_project),
    Listing("/users/{}/orders", "user_orders", "orders", "self", "offset", inject="user_id",
            rows=_user_orders, parents=_mine, render=lambda show, row, view: show.order(row, view)),
    Listing("/users/{}/addresses", "user_addresses", "addresses", "self"),
    Listing("/users/{}/links", "user_links", "links", "self", inject="user_id"),
    Listing("/users/{}/notifications", "user_notifications", "", "self", "single",
            inject="user_id", key=("user_id",)),
    Listing("/users/{}/channels", "user_channels", "channels", "signed", "since", language="en",
            inject="user_id", key=("user_id", "slug")),
    Listing("/users/{}/proposals", "user_proposals", "proposals", "self", "offset",
            resource="proposal"),
    Listing("/partners/{}/users", "partner_users", "users", "partner", "offset",
            inject="partner_slug", key=("partner_slug", "id"), rows=_partner_users,
            parents=lambda _ulule: [AGENCY], render=_user_render),
    Listing("/partners/{}/proposals", "partner_proposals", "proposals", "partner", "offset",
            resource="proposal", inject="partner_slug"),
    Listing("/sponsors/{}/projects", "sponsor_projects", "projects", style="offset",
            inject="sponsor_user_id", key=("sponsor_user_id", "id"), rows=_sponsored,
            parents=lambda _ulule: [FIRST_USER + 2], render=_short_project),
    Listing("/officialusers", "official_users", "users", style="offset",
            rows=lambda ulule, _ref: list(ulule.users.values())[5:30], render=_user_render,
            parents=lambda _ulule: [""]),
    Listing("/proposals", "proposals", "proposals", "staff", "array", resource="proposal"),
    Listing("/proposals/{}/links", "proposal_links", "links", "signed", inject="proposal_id",
            key=("proposal_id", "id")),
    # The platform
    Listing("/tags", "tags", "tags", resource="tag", language="en"),
    Listing("/categories", "categories", "categories", resource="tag", language="en",
            rows=_categories, parents=lambda _ulule: [""]),
    Listing("/categories/{}/tags", "category_tags", "tags", resource="tag", language="en",
            inject="category_id", key=("category_id", "id"), rows=_category_tags,
            parents=lambda ulule: [row["id"] for row in _categories(ulule, "")]),
    Listing("/channels", "channels", "channels", style="since", key=("slug",), language="en",
            rows=lambda ulule, _ref: _in_order(ulule, "channels", "")),
    Listing("/sdgs", "sdgs", "sdgs", key=("code",), language="en"),
    Listing("/newsletters", "newsletters", "newsletters", key=("slug",), language="en"),
    # Discussions
    Listing("/threads", "threads", "threads", "signed", "since",
            rows=lambda ulule, _ref: _in_order(ulule, "threads", "")),
    Listing("/threads/{}/recipients", "thread_recipients", "recipients", "signed",
            inject="thread_id", key=("thread_id", "id")),
    Listing("/threads/{}/messages", "thread_messages", "messages", "signed", "since",
            inject="thread_id",
            rows=lambda ulule, ref: _in_order(ulule, "thread_messages", ref)),
)  # fmt: skip

DISCUSSIONS = frozenset({"threads", "thread_details", "thread_recipients", "thread_messages"})
BY_PATH: Mapping[tuple[bool, str], Listing] = {
    (listing.stream in DISCUSSIONS, listing.path): listing for listing in LISTINGS
}
BY_STREAM: Mapping[str, Listing] = {listing.stream: listing for listing in LISTINGS}
