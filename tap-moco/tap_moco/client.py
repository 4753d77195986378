"""What all MOCO streams have in common."""

from __future__ import annotations

import sys
import typing as t

from tap_moco._kit.paginators import LinkPaginator
from tap_moco._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

# The most that the API grants (OpenAPI document; the default is the same).
PAGE_SIZE = 100


class MocoStream(ApiStream):
    """A list of MOCO, incremental by ``updated_after``.

    Attributes:
        flags: Parameters that are always true. Archived and disregarded rows vanish from
            incremental results unless they are asked for.
    """

    primary_keys: t.Sequence[str] = ("id",)
    replication_key = "updated_at"
    flags: tuple[str, ...] = ()

    @override
    def get_new_paginator(self) -> LinkPaginator:
        return LinkPaginator()

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        params: dict[str, t.Any] = {"per_page": PAGE_SIZE, **dict.fromkeys(self.flags, "true")}
        if since := self.updated_since():
            params["updated_after"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        return params
