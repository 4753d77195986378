"""The staff, their units, roles and contracts of employment."""

from __future__ import annotations

import sys
import typing as t

from tap_moco._kit.paginators import LinkPaginator, with_query
from tap_moco.client import ChildStream, FullStream, MocoStream, SingleStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    import requests
    from singer_sdk.helpers import types

    from tap_moco._kit.records import Record


class Users(MocoStream):
    """The staff, deactivated people included."""

    name = "users"
    path = "/users"
    area = "people"
    flags = ("include_archived",)
    entity = ("User",)
    child_key = "user_id"


class UserRoles(FullStream):
    """Roles and what they permit."""

    name = "user_roles"
    path = "/users/roles"
    area = "people"


class UserEmployments(MocoStream):
    """Models of working time, per user and period."""

    name = "user_employments"
    path = "/users/employments"
    area = "people"


class Units(MocoStream):
    """Teams and their members."""

    name = "units"
    path = "/units"
    area = "people"
    entity = ("Unit",)


class Profile(SingleStream):
    """The user that the key belongs to."""

    name = "profile"
    path = "/profile"
    area = "none"


class YearPaginator(LinkPaginator):
    """Goes through the ``report_years`` as if they were pages."""

    def __init__(self, years: list[int]) -> None:
        """Keep the years after the first."""
        super().__init__()
        self._years = years[1:]

    @override
    def get_next(self, response: requests.Response) -> str | None:
        return with_query(response.url, year=self._years.pop(0)) if self._years else None


class YearlyReport(MocoStream):
    """What both performance reports do: one request per year, the year being part of the key."""

    @override
    def get_new_paginator(self) -> YearPaginator:
        """Return a paginator over the years."""
        return YearPaginator(self._tap.report_years)

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        """Ask for the first year."""
        return {"year": self._tap.report_years[0]}

    @override
    def select(self, data: t.Any) -> list[Record]:
        """Return the report with its year."""
        rows = super().select(data)
        for row in rows:
            row["year"] = (row.get("annually") or {}).get("year")
        return rows


class ProfilePerformanceReport(YearlyReport, SingleStream):
    """Target and tracked hours of the key's own user, per year."""

    name = "profile_performance_report"
    path = "/profile/performance_report"
    area = "none"
    primary_keys = ("year",)
    beta = True


class UserPerformanceReports(YearlyReport, ChildStream):
    """Target and tracked hours, per user and year."""

    name = "user_performance_reports"
    path = "/users/{user_id}/performance_report"
    area = "people"
    parent_stream_type = Users
    primary_keys = ("user_id", "year")
    replication_key = None
    inject = ("user_id",)
    single = True
    every_run = True
    selected_by_default = False


STREAMS = (
    Users,
    UserRoles,
    UserEmployments,
    Units,
    Profile,
    ProfilePerformanceReport,
    UserPerformanceReports,
)
