"""Rewards, their variants and shipping costs: mostly without a request."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.streams.projects import Projects

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context, Record


class ProjectRewards(ProjectStream):
    """Rewards, taken from the project: no request."""

    name = "project_rewards"
    path = "/projects/{project_id}/rewards"
    parent_stream_type = Projects
    parent_field = "rewards"
    child_parameters: t.ClassVar[dict[str, str]] = {"reward_id": "id"}


class RewardDetails(UluleStream):
    """One reward; the list already has it all."""

    name = "reward_details"
    path = "/rewards/{reward_id}"
    parent_stream_type = ProjectRewards
    single = True
    change_markers = ("stock_taken", "stock_available", "available")
    selected_by_default = False


class RewardVariants(UluleStream):
    """Variants, taken from the reward: it nests them if it has any. No request."""

    name = "reward_variants"
    path = "/rewards/{reward_id}/variants"
    parent_stream_type = ProjectRewards
    context_fields = ("reward_id",)
    parent_field = "variants"


class RewardShippings(UluleStream):
    """Shipping costs by countries; a reward that has some does not tell their ids."""

    name = "reward_shippings"
    path = "/rewards/{reward_id}/shippings"
    envelope = "shippings"
    parent_stream_type = ProjectRewards
    context_fields = ("reward_id",)
    page_size = None
    change_markers = ("has_shippings", "shippings")

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        return bool(parent.get("has_shippings")) and super().wants(context, parent)


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectRewards,
    RewardDetails,
    RewardVariants,
    RewardShippings,
)
