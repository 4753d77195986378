"""Supporters and orders: lists that change behind their newest row.

An order that becomes valid late stands behind newer ones, so a list that moved is not read down to
its newest known row only. As long as the campaign is open that is done in every run, because the
status of an order moves no counter.
"""

from __future__ import annotations

import functools
import typing as t

from tap_ulule._kit.compat import override
from tap_ulule._kit.encoded_rows import column
from tap_ulule.client import ProjectStream, UluleStream, UserStream
from tap_ulule.left_orders import queries_for_left_orders
from tap_ulule.markers import LATEST, TAKEN
from tap_ulule.payout import Payout, has_ended
from tap_ulule.streams.projects import OPEN, Projects

if t.TYPE_CHECKING:
    from tap_ulule._kit.encoded_rows import Rows
    from tap_ulule._kit.records import Context, Record


class ProjectSupporters(ProjectStream):
    """People who gave, without their e-mail address."""

    name = "project_supporters"
    looks_back = True
    path = "/projects/{project_id}/supporters"
    envelope = "supporters"
    parent_stream_type = Projects
    primary_keys = ("project_id", "id")
    # An anonymous supporter. No document shows one; they seem to be left out.
    key_placeholders: t.ClassVar[dict[str, int]] = {"id": 0}
    count_field = "supporters_count"
    former_markers = ("supporters_count", OPEN)
    change_markers = ("supporters_count", LATEST, OPEN)
    newest_first = "date_creation"


# No document says since when an order shows its project and where the customer came from; but until
# 2019-03-07 unknown names are ignored.
OFFERED_FROM = ""


COUNTERS = (
    "amount_raised",
    "committed",
    "nb_products_sold",
    "supporters_count",
    "orders_count",
    "finished",
    "is_cancelled",
)


class ProjectOrders(ProjectStream):
    """Orders, for the owner of the project or its partner only."""

    extra_fields = ("project", "tracking")
    extra_fields_from = OFFERED_FROM
    name = "project_orders"
    looks_back = True
    path = "/projects/{project_id}/orders"
    envelope = "orders"
    parent_stream_type = Projects
    private = True
    count_field = "orders_count"
    newest_first = "created_at"
    child_parameters: t.ClassVar[dict[str, str]] = {"order_id": "id"}
    follows_missing = True
    former_markers = (*COUNTERS, OPEN)
    # Where one order takes the place of another: who was the last to give, and the rewards taken.
    change_markers = (*COUNTERS, LATEST, TAKEN, OPEN)

    @functools.cached_property
    def payout(self) -> Payout:
        """The orders that wait for the payout."""
        return Payout(self)

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        return super().wants(context, parent) or self.pays_out(context["project_id"])

    def pays_out(self, project_id: int | str) -> bool:
        """Tell whether orders that waited for the payout do no more, if they may be read at all."""
        if self.tap.signer.anonymous or self.was_denied(str(project_id)):
            return False
        return self.payout.is_moving(project_id)

    @override
    def reads_to_end(self, context: Context, parent: Record) -> bool:
        """At the payout all orders move, whatever ``lookback_days`` says."""
        return has_ended(parent)

    @override
    def queries_for_missing(self, parent: Record) -> list[dict[str, t.Any]]:
        return queries_for_left_orders(parent)

    @override
    def note_records(self, records: Rows, context: Context, parent: Record) -> None:
        if has_ended(parent):
            self.payout.note(
                context["project_id"], column(records, "id"), column(records, "status")
            )

    @override
    def after_list(self, context: Context, parent: Record, *, resumed: bool) -> None:
        super().after_list(context, parent, resumed=resumed)
        if has_ended(parent):
            self.payout.conclude(context["project_id"], resumed=resumed)


class ProjectOrderItems(UluleStream):
    """Items of orders, taken from the orders: no request, unless one does not carry them."""

    name = "project_order_items"
    path = "/orders/{order_id}"
    envelope = "items"
    parent_stream_type = ProjectOrders
    primary_keys = ("order_id", "position")
    context_fields = ("order_id", "project_id")
    parent_field = "items"
    page_size = None

    @override
    def context_id(self, context: Context) -> str:
        """Return the order's id alone: the state keeps one for each."""
        return str(context["order_id"])

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        """Return the items with their place in the order; they have no id."""
        items = super().extract_records(data)
        return [{**item, "position": place} for place, item in enumerate(items, 1)]


class OrderDetails(UluleStream):
    """One order; the list already has it all."""

    extra_fields = ("project", "tracking")
    extra_fields_from = OFFERED_FROM
    name = "order_details"
    path = "/orders/{order_id}"
    parent_stream_type = ProjectOrders
    single = True
    context_fields = ("project_id",)
    private = True
    selected_by_default = False


class UserOrders(UserStream):
    """Orders that a user placed."""

    extra_fields = ("project",)
    extra_fields_from = OFFERED_FROM
    name = "user_orders"
    path = "/users/{user_id}/orders"
    envelope = "orders"
    follows_missing = True

    @override
    def queries_for_missing(self, parent: Record) -> list[dict[str, t.Any]]:
        return queries_for_left_orders(parent)


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectSupporters,
    ProjectOrders,
    ProjectOrderItems,
    OrderDetails,
    UserOrders,
)
