"""The staff, their units, roles and contracts of employment."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, FullStream
from tap_moco.yearly import YearPaginator, with_year

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_moco._kit.records import Context, Record


class Users(MocoStream):
    """The staff, deactivated people included."""

    name = "users"
    path = "/users"
    area = "people"
    flags = ("include_archived",)
    entity = ("User",)
    child_parameters: t.ClassVar[dict[str, str]] = {"user_id": "id"}


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


class Profile(FullStream):
    """The user that the key belongs to."""

    name = "profile"
    path = "/profile"
    single = True
    area = "none"


class ProfilePerformanceReport(FullStream):
    """Target and tracked hours of the key's own user: one request per year."""

    name = "profile_performance_report"
    path = "/profile/performance_report"
    area = "none"
    primary_keys = ("year",)
    single = True
    beta = True

    @override
    def get_new_paginator(self) -> YearPaginator:
        return YearPaginator(self.tap.report_years)

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"year": self.tap.report_years[0]}

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        return with_year(super().extract_records(data))


class UserPerformanceReports(ChildStream):
    """Target and tracked hours of each user: one request per user and year."""

    name = "user_performance_reports"
    path = "/users/{user_id}/performance_report"
    area = "people"
    parent_stream_type = Users
    primary_keys = ("user_id", "year")
    replication_key = None
    context_fields = ("user_id",)
    single = True
    every_run = True
    selected_by_default = False

    @override
    def query_identity(self) -> tuple[object, ...]:
        # The years that were read before are not gone.
        return (*super().query_identity(), *self.tap.report_years)

    @override
    def get_new_paginator(self) -> YearPaginator:
        return YearPaginator(self.tap.report_years)

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"year": self.tap.report_years[0]}

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        return with_year(super().extract_records(data))


STREAMS = (
    Users,
    UserRoles,
    UserEmployments,
    Units,
    Profile,
    ProfilePerformanceReport,
    UserPerformanceReports,
)
