"""The lists that say which projects there are."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import PartnerStream, SharedListStream, UserStream
from tap_ulule.normalise import BASE

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_ulule._kit.records import Record

DOCUMENTED = frozenset({
    "absolute_url", "amount_raised", "country", "currency", "date_end", "date_start", "finished",
    "goal", "id", "lang", "main_image", "main_tag", "name", "nb_products_sold", "owner", "slug",
    "subtitle", "type", "user_role",
})  # fmt: skip


class SearchProjects(SharedListStream):
    """What ``search_query`` finds, in short form."""

    name = "search_projects"
    path = "/search/projects"
    envelope = "projects"
    extra_fields = ("main_image", "main_tag", "owner", "user_role")
    # The search has its own page size, 16, and documents no other.
    page_size = None

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"q": self.config["search_query"]}] if self.config.get("search_query") else []

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {**super().get_url_params(context, next_page_token), **(context or {})}

    @override
    def transform(self, record: Record, context: types.Context) -> Record | None:
        """Cut a row of the oldest shape, a whole project, down to what a search documents."""
        found = super().transform(record, context)
        if found and self.config["api_version"] < BASE:
            return {name: value for name, value in found.items() if name in DOCUMENTED}
        return found


class UserProjects(SharedListStream, UserStream):
    """Projects of a user, in short form."""

    name = "user_projects"
    path = "/users/{user_id}/projects"
    envelope = "projects"
    primary_keys = ("user_id", "id")
    extra_fields = ("user_role",)
    public_from = "2018-12-12"

    @override
    def setting_of(self, context: types.Context) -> str | None:
        """Return ``user_ids``, unless the signed-in user is nowhere named."""
        return "user_ids" if context["user_id"] in self._tap.configured_users else None


class PartnerProjects(SharedListStream, PartnerStream):
    """Projects of a partner, in short form."""

    name = "partner_projects"
    path = "/partners/{partner_slug}/projects"
    envelope = "projects"
    primary_keys = ("partner_slug", "id")
    extra_fields = ("user_role",)


class SponsorProjects(SharedListStream):
    """Projects of a sponsor, in short form."""

    name = "sponsor_projects"
    configured_by = "sponsor_user_ids"
    path = "/sponsors/{sponsor_user_id}/projects"
    envelope = "projects"
    primary_keys = ("sponsor_user_id", "id")
    extra_fields = ("user_role",)
    inject = ("sponsor_user_id",)
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"sponsor_user_id": user} for user in self.config["sponsor_user_ids"]]


STREAMS = (SearchProjects, UserProjects, PartnerProjects, SponsorProjects)
