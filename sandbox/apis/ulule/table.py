"""The lists and objects that the Ulule double serves: one entry per endpoint.

To serve another one, make its rows in `sandbox.world.ulule` and add a `Listing` here. What has
rules of its own is in `endpoints`: search, `/me`, a project, and a partner's projects.
"""

from __future__ import annotations

import typing as t

from sandbox.apis.ulule import rows
from sandbox.apis.ulule.listings import Asked, Listing
from sandbox.world.ulule import AGENCY
from sandbox.world.ulule.people import FIRST_USER

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.apis.ulule.render import Renderer
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

PROJECTS: Callable[[Ulule], Iterable[object]] = lambda ulule: list(ulule.projects)  # noqa: E731


def _mine(_ulule: Ulule) -> Iterable[object]:
    return [FIRST_USER]


def _rewards(ulule: Ulule) -> Iterable[object]:
    return [row["id"] for rewards in ulule.rewards.values() for row in rewards]


def _news(ulule: Ulule) -> Iterable[object]:
    return [row["id"] for news in ulule.news.values() for row in news if row["at"]]


def _orders(ulule: Ulule) -> Iterable[object]:
    return [row["id"] for project in ulule.projects for row in ulule.valid_orders(project)
            if ulule.may_manage(project)]  # fmt: skip


def _with_replies(ulule: Ulule) -> Iterable[object]:
    shown = {row["id"] for comments in ulule.comments.values() for row in comments}
    return [ident for ident in ulule.replies if ident in shown]


def _categories(ulule: Ulule, field: str) -> Iterable[object]:
    return [row[field] for row in rows.categories(ulule, Asked())]


def _user(show: Renderer, row: Record, view: View) -> Record:
    return show.user(row, view)


def _short_project(show: Renderer, row: Record, view: View) -> Record:
    return show.short_project(row, view)


def _own_project(show: Renderer, row: Record, view: View) -> Record:
    """A project of the signed-in user's, who may hear of its news."""
    return show.short_project(row, view) | {"notifications": {"news": row["id"] % 4 > 0}}


def _comment(show: Renderer, row: Record, view: View) -> Record:
    return show.comment(row, view)


def _order(show: Renderer, row: Record, view: View) -> Record:
    return show.order(row, view)


LISTINGS: tuple[Listing, ...] = (
    # Projects
    Listing("/projects/{}/rewards", "project_rewards", "rewards", "visible",
            inject="project_id", rows=rows.project_rewards, parents=PROJECTS,
            render=lambda show, row, view: show.reward_row(row, view)),
    Listing("/projects/{}/comments", "project_comments", "comments", "visible", "offset",
            inject="project_id", rows=rows.project_comments, parents=PROJECTS, render=_comment),
    Listing("/projects/{}/news", "project_news", "news", "visible", "offset",
            inject="project_id", rows=rows.project_news, parents=PROJECTS, moment=None,
            render=lambda show, row, view: show.news(row, view)),
    Listing("/projects/{}/supporters", "project_supporters", "supporters", "visible", "offset",
            inject="project_id", key=("project_id", "id"), rows=rows.project_supporters,
            parents=PROJECTS, render=lambda show, row, view: show.supporter(row, view)),
    Listing("/projects/{}/orders", "project_orders", "orders", "manager", "offset",
            inject="project_id", rows=rows.project_orders, parents=PROJECTS, render=_order),
    Listing("/news/{}/comments", "news_comments", "comments", "visible", "offset",
            inject="news_id", rows=rows.news_comments, parents=_news, render=_comment),
    Listing("/projects/{}/tags", "project_tags", "tags", "visible", resource="tag",
            inject="project_id", key=("project_id", "id")),
    Listing("/projects/{}/videos", "project_videos", "videos", "visible", inject="project_id"),
    Listing("/projects/{}/images", "project_images", "images", "visible", "since",
            inject="project_id",
            rows=rows.project_images),
    Listing("/projects/{}/analytics", "project_analytics_tags", "analytics", "visible",
            inject="project_id"),
    Listing("/projects/{}/events", "project_events", "events", "visible", "since",
            inject="project_id", key=("project_id", "type", "time"), rows=rows.project_events,
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
            inject="project_id", rows=rows.project_messages, parents=PROJECTS),
    Listing("/rewards/{}/variants", "reward_variants", "variants", resource="variant",
            inject="reward_id"),
    Listing("/rewards/{}/shippings", "reward_shippings", "shippings", inject="reward_id"),
    Listing("/comments/{}/replies", "comment_replies", "replies", style="since",
            inject="comment_id", rows=rows.replies, parents=_with_replies,
            render=lambda show, row, view: show.reply(row, view)),
    # Details
    Listing("/rewards/{}", "reward_details", style="single", rows=rows.reward,
            parents=_rewards,
            render=lambda show, row, view: show.reward_row(row, view)),
    Listing("/news/{}", "news_details", style="single", rows=rows.news,
            parents=_news,
            render=lambda show, row, view: show.news_detail(row, view)),
    Listing("/orders/{}", "order_details", access="signed", style="single", rows=rows.order,
            parents=_orders, render=_order),
    Listing("/exports/{}", "export_details", access="signed", style="single",
            rows=rows.find_one("project_exports"), parents=rows.list_values("project_exports")),
    Listing("/partnerships/{}", "partnership_details", access="signed", style="single",
            resource="partnership", rows=rows.find_one("project_partnerships"),
            parents=rows.list_values("project_partnerships")),
    Listing("/addresses/{}", "address_details", access="signed", style="single",
            rows=rows.find_one("user_addresses"), parents=rows.list_values("user_addresses")),
    Listing("/accounts/{}", "accounts", access="signed", style="single",
            rows=rows.find_one("accounts"), parents=rows.list_values("accounts")),
    Listing("/partners/{}", "partners", style="single", rows=rows.find_one("partners", "slug"),
            parents=rows.list_values("partners", "slug")),
    Listing("/channels/{}", "channel_details", style="single", key=("slug",), language="en",
            rows=rows.find_one("channels", "slug"), parents=rows.list_values("channels", "slug")),
    Listing("/categories/{}", "category_details", style="single", resource="tag", language="en",
            rows=rows.category, parents=lambda ulule: _categories(ulule, "slug")),
    Listing("/proposals/{}", "proposal_details", access="signed", style="single",
            resource="proposal", rows=rows.find_one("proposals"),
            parents=rows.list_values("user_proposals")),
    Listing("/threads/{}", "thread_details", access="signed", style="single",
            rows=rows.find_one("threads"), parents=rows.list_values("threads")),
    # Users and partners
    Listing("/users/{}", "users", access="anyone", style="single", rows=rows.user,
            parents=lambda ulule: list(ulule.users), render=_user),
    Listing("/users/{}/projects", "user_projects", "projects", "signed", "offset",
            inject="user_id", key=("user_id", "id"), rows=rows.user_projects, parents=_mine,
            render=_own_project),
    Listing("/users/{}/orders", "user_orders", "orders", "self", "offset", inject="user_id",
            rows=rows.user_orders, parents=_mine, render=_order),
    Listing("/users/{}/addresses", "user_addresses", "addresses", "self"),
    Listing("/users/{}/links", "user_links", "links", "self", inject="user_id"),
    Listing("/users/{}/notifications", "user_notifications", "", "self", "single",
            inject="user_id", key=("user_id",)),
    Listing("/users/{}/channels", "user_channels", "channels", "signed", "since", language="en",
            inject="user_id", key=("user_id", "slug")),
    Listing("/users/{}/proposals", "user_proposals", "proposals", "self", "offset",
            resource="proposal"),
    Listing("/partners/{}/users", "partner_users", "users", "partner", "offset",
            inject="partner_slug", key=("partner_slug", "id"), rows=rows.partner_users,
            parents=lambda _ulule: [AGENCY], render=_user),
    Listing("/partners/{}/proposals", "partner_proposals", "proposals", "partner", "offset",
            resource="proposal", inject="partner_slug"),
    Listing("/sponsors/{}/projects", "sponsor_projects", "projects", style="offset",
            inject="sponsor_user_id", key=("sponsor_user_id", "id"), rows=rows.sponsor_projects,
            parents=lambda _ulule: [FIRST_USER + 2], render=_short_project),
    Listing("/officialusers", "official_users", "users", style="offset",
            rows=lambda ulule, _asked: list(ulule.users.values())[5:30], render=_user,
            parents=lambda _ulule: [""]),
    Listing("/proposals", "proposals", "proposals", "staff", "array", resource="proposal"),
    Listing("/proposals/{}/links", "proposal_links", "links", "signed", inject="proposal_id",
            key=("proposal_id", "id")),
    # The platform
    Listing("/tags", "tags", "tags", resource="tag", language="en"),
    Listing("/categories", "categories", "categories", resource="tag", language="en",
            rows=rows.categories, parents=lambda _ulule: [""]),
    Listing("/categories/{}/tags", "category_tags", "tags", resource="tag", language="en",
            inject="category_id", key=("category_id", "id"), rows=rows.category_tags,
            parents=lambda ulule: _categories(ulule, "id")),
    Listing("/channels", "channels", "channels", style="since", key=("slug",), language="en",
            rows=rows.in_order("channels", "")),
    Listing("/sdgs", "sdgs", "sdgs", key=("code",), language="en"),
    Listing("/newsletters", "newsletters", "newsletters", key=("slug",), language="en"),
    # Discussions
    Listing("/threads", "threads", "threads", "signed", "since",
            rows=rows.in_order("threads", "")),
    Listing("/threads/{}/recipients", "thread_recipients", "recipients", "signed",
            inject="thread_id", key=("thread_id", "id")),
    Listing("/threads/{}/messages", "thread_messages", "messages", "signed", "since",
            inject="thread_id",
            rows=rows.in_order("thread_messages")),
)  # fmt: skip

DISCUSSIONS = frozenset({"threads", "thread_details", "thread_recipients", "thread_messages"})
BY_PATH: Mapping[tuple[bool, str], Listing] = {
    (listing.stream in DISCUSSIONS, listing.path): listing for listing in LISTINGS
}
BY_STREAM: Mapping[str, Listing] = {listing.stream: listing for listing in LISTINGS}
