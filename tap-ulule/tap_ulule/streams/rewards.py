"""Rewards, their variants and shipping costs: mostly without a request."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.streams.projects import Projects

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_ulule._kit.records import Context, Record


# From this version on variants are to be read from their reward.
VARIANTS_NESTED_FROM = "2019-10-28"
# Where reward_variants keeps in its state that rewards nest their variants: 1.
NESTED = "nested"


class ProjectRewards(ProjectStream):
    """Rewards, taken from the project: no request, unless it does not carry them."""

    name = "project_rewards"
    path = "/projects/{project_id}/rewards"
    parent_stream_type = Projects
    parent_field = "rewards"
    child_parameters: t.ClassVar[dict[str, str]] = {"reward_id": "id"}

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        t.cast("RewardVariants", self.tap.streams[RewardVariants.name]).note_rewards(rows)
        return rows


class RewardDetails(UluleStream):
    """One reward; the list already has it all."""

    name = "reward_details"
    path = "/rewards/{reward_id}"
    parent_stream_type = ProjectRewards
    single = True
    context_fields = ("project_id",)
    change_markers = ("stock_taken", "stock_available", "available")
    selected_by_default = False


class RewardVariants(UluleStream):
    """Variants, taken from the reward: it nests them if it has any. No request.

    The first documents do not nest them. So until a reward was seen that does, a reward without
    them is asked for its variants.
    """

    name = "reward_variants"
    path = "/rewards/{reward_id}/variants"
    envelope = "variants"
    parent_stream_type = ProjectRewards
    context_fields = ("reward_id", "project_id")
    parent_field = "variants"
    change_markers = ("stock_taken", "stock_available", "available")
    none_is_404 = True

    def note_rewards(self, rewards: list[Record]) -> None:
        """Take note of the rewards of a project, before any of them is asked for its variants."""
        if any("variants" in reward for reward in rewards):
            self.stream_state[NESTED] = 1

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        rows = super().rows_at_hand(context, parent)
        nested = self.config["api_version"] >= VARIANTS_NESTED_FROM
        known = nested or self.stream_state.get(NESTED) == 1
        return [] if rows is None and known else rows


class RewardShippings(UluleStream):
    """Shipping costs by countries; a reward that has some does not tell their ids."""

    name = "reward_shippings"
    path = "/rewards/{reward_id}/shippings"
    envelope = "shippings"
    parent_stream_type = ProjectRewards
    context_fields = ("reward_id", "project_id")
    page_size = None
    change_markers = ("has_shippings", "shippings")

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        if not parent.get("has_shippings"):
            # It had some before.
            return self.reader.vanished.has_known(context)
        return super().wants(context, parent)


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectRewards,
    RewardDetails,
    RewardVariants,
    RewardShippings,
)
