"""The streams of Ulule; names, keys and change signals as the API documents them."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import ProjectStream, UluleStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers import types

    from tap_ulule._kit.records import Record
    from tap_ulule.tap import TapUlule

# From this version on a project shows its rewards only when asked.
REWARDS_AS_EXTRA_FIELD = "2019-04-11"


class SearchProjects(UluleStream):
    """What ``search_query`` finds, in short form."""

    name = "search_projects"
    path = "/search/projects"
    envelope = "projects"
    # The search has its own page size, 16, and documents no other.
    page_size = None

    _tap: TapUlule

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"q": self.config["search_query"]}] if self.config.get("search_query") else []

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {**super().get_url_params(context, next_page_token), **(context or {})}

    @override
    def read_context(self, context: types.Context, parent: Record) -> Iterator[Record]:
        """Take the rows from the tap, which needs them for ``projects`` too: one search a run."""
        yield from self.emit(self.prepare(self._tap.search_rows, context), context)

    def search(self) -> list[Record]:
        """Return all rows that the search finds."""
        (context,) = self.config_contexts()
        listing = self.open_listing(context, {})
        return [row for rows in self.read_pages(listing, None) for row in rows] if listing else []


class Projects(UluleStream):
    """One request per project; it pays for rewards, owner, main tag, image and video."""

    name = "projects"
    path = "/projects/{project_id}"
    single = True
    _tap: TapUlule

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"project_id": project_id} for project_id in self._tap.project_ids]

    @override
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {"project_id": record["id"]}

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        newer = self.config["api_version"] >= REWARDS_AS_EXTRA_FIELD
        return {
            **super().get_url_params(context, next_page_token),
            "extra_fields": "rewards" if newer else None,
        }


class ProjectRewards(ProjectStream):
    """Rewards, taken from the project: no request."""

    name = "project_rewards"
    path = "/projects/{project_id}/rewards"
    parent_stream_type = Projects
    embedded = "rewards"


class ProjectComments(ProjectStream):
    """Comments, newest first."""

    name = "project_comments"
    path = "/projects/{project_id}/comments"
    envelope = "comments"
    parent_stream_type = Projects
    replication_key = "submit_date"
    counter = "comments_count"
    signal = ("comments_count",)
    newest_first = "submit_date"


class ProjectNews(ProjectStream):
    """News of the project's owner."""

    name = "project_news"
    path = "/projects/{project_id}/news"
    envelope = "news"
    parent_stream_type = Projects
    counter = "news_count"
    signal = ("news_count",)


class ProjectSupporters(ProjectStream):
    """People who gave, without their e-mail address."""

    name = "project_supporters"
    path = "/projects/{project_id}/supporters"
    envelope = "supporters"
    parent_stream_type = Projects
    primary_keys = ("project_id", "id")
    counter = "supporters_count"
    signal = ("supporters_count",)


class ProjectOrders(ProjectStream):
    """Orders, for the owner of the project or its partner only."""

    name = "project_orders"
    path = "/projects/{project_id}/orders"
    envelope = "orders"
    parent_stream_type = Projects
    signal = (
        "amount_raised",
        "committed",
        "nb_products_sold",
        "supporters_count",
        "orders_count",
        "finished",
        "is_cancelled",
    )


STREAMS = (
    SearchProjects,
    Projects,
    ProjectRewards,
    ProjectComments,
    ProjectNews,
    ProjectSupporters,
    ProjectOrders,
)
