"""The lists that say which projects there are."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import PartnerStream, UluleStream, UserStream
from tap_ulule.markers import LATEST_SUPPORTER
from tap_ulule.normalise import BASE

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_ulule._kit.records import Context, Record

OWNER = "owner"
DOCUMENTED = frozenset({
    "absolute_url", "amount_raised", "country", "currency", "date_end", "date_start", "finished",
    "goal", "id", "lang", "main_image", "main_tag", "name", "nb_products_sold", "owner", "slug",
    "subtitle", "type", "user_role",
})  # fmt: skip


class SearchProjects(UluleStream):
    """What ``search_query`` finds, in short form."""

    name = "search_projects"
    shared = True
    path = "/search/projects"
    envelope = "projects"
    extra_fields = ("main_image", "main_tag", "owner", "user_role")
    # The search has its own page size, 16, and documents no other.
    page_size = None

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"q": self.config["search_query"]}] if self.config.get("search_query") else []

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {**super().query_parameters(context, since), **context}

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        """Cut a row of the oldest shape, a whole project, down to what a search documents."""
        found = super().transform(record, context, parent)
        if found and self.config["api_version"] < BASE:
            return {name: value for name, value in found.items() if name in DOCUMENTED}
        return found


class UserProjects(UserStream):
    """Projects of a user, in short form."""

    name = "user_projects"
    shared = True
    path = "/users/{user_id}/projects"
    envelope = "projects"
    primary_keys = ("user_id", "id")
    extra_fields = ("user_role",)
    marker_fields = (LATEST_SUPPORTER,)
    public_from = "2018-12-12"

    @override
    def find_setting(self, context: Context) -> str | None:
        """Return ``user_ids``, unless the signed-in user is nowhere named."""
        return "user_ids" if context["user_id"] in self.tap.configured_users else None

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        """Add in what role the listed user is: ``user_role`` is that of whoever asks."""
        user, role = context["user_id"], None
        if (record.get("owner") or {}).get("id") == user:
            role = OWNER
        elif user == self.tap.my_id:
            role = record.get("user_role")
        record["role"] = role
        return super().transform(record, context, parent)


class PartnerProjects(PartnerStream):
    """Projects of a partner, in short form."""

    name = "partner_projects"
    shared = True
    path = "/partners/{partner_slug}/projects"
    envelope = "projects"
    primary_keys = ("partner_slug", "id")
    extra_fields = ("user_role",)
    marker_fields = (LATEST_SUPPORTER,)


class SponsorProjects(UluleStream):
    """Projects of a sponsor, in short form."""

    name = "sponsor_projects"
    shared = True
    configured_by = "sponsor_user_ids"
    path = "/sponsors/{sponsor_user_id}/projects"
    envelope = "projects"
    primary_keys = ("sponsor_user_id", "id")
    extra_fields = ("user_role",)
    context_fields = ("sponsor_user_id",)
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"sponsor_user_id": user} for user in self.config["sponsor_user_ids"]]


STREAMS = (SearchProjects, UserProjects, PartnerProjects, SponsorProjects)
