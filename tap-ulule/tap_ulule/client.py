"""What all Ulule streams have in common."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule._kit.paginators import MetaNextPaginator
from tap_ulule._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

# The most that the API grants.
PAGE_SIZE = 20


class UluleStream(ApiStream):
    """A list or object of Ulule.

    Attributes:
        page_size: Rows asked for per page; None where the list is not paginated.
    """

    primary_keys: t.Sequence[str] = ("id",)
    page_size: int | None = PAGE_SIZE

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        """The version decides the shape of every record, so it is always sent."""
        return {"Ulule-Version": self.config["api_version"], "Accept": "application/json"}

    @override
    def get_new_paginator(self) -> MetaNextPaginator:
        return MetaNextPaginator()

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {
            "limit": None if self.single else self.page_size,
            "lang": self.config.get("lang"),
        }


class ProjectStream(UluleStream):
    """A list of one project."""

    inject = ("project_id",)
