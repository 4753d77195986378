"""Rewards, their variants and shipping costs: mostly without a request."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.streams.projects import Projects

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_ulule._kit.listing import Listing
    from tap_ulule._kit.records import Record


class ProjectRewards(ProjectStream):
    """Rewards, taken from the project: no request."""

    name = "project_rewards"
    path = "/projects/{project_id}/rewards"
    parent_stream_type = Projects
    embedded = "rewards"
    hands_down: t.ClassVar[dict[str, str]] = {"reward_id": "id"}


class RewardDetails(UluleStream):
    """One reward; the list already has it all."""

    name = "reward_details"
    path = "/rewards/{reward_id}"
    parent_stream_type = ProjectRewards
    single = True
    signal = ("stock_taken", "stock_available", "available")
    selected_by_default = False


class RewardVariants(UluleStream):
    """Variants, taken from the reward: it nests them if it has any. No request."""

    name = "reward_variants"
    path = "/rewards/{reward_id}/variants"
    parent_stream_type = ProjectRewards
    inject = ("reward_id",)
    embedded = "variants"


class RewardShippings(UluleStream):
    """Shipping costs by countries; a reward that has some does not tell their ids."""

    name = "reward_shippings"
    path = "/rewards/{reward_id}/shippings"
    envelope = "shippings"
    parent_stream_type = ProjectRewards
    inject = ("reward_id",)
    page_size = None
    signal = ("has_shippings", "shippings")

    @override
    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        return super().open_listing(context, parent) if parent.get("has_shippings") else None


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectRewards,
    RewardDetails,
    RewardVariants,
    RewardShippings,
)
