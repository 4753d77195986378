"""Supporters and orders: lists that change behind their newest row.

An order that becomes valid late stands behind newer ones, so a list that moved is not read down to
its newest known row only. As long as the campaign is open that is done in every run, because the
status of an order moves no counter.
"""

from __future__ import annotations

import typing as t

from tap_ulule.client import ProjectStream, UluleStream, UserStream
from tap_ulule.streams.projects import OPEN, Projects


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
    change_markers = ("supporters_count", OPEN)
    newest_first = "date_creation"


# No document says since when an order shows its project and where the customer came from; but until
# 2019-03-07 unknown names are ignored.
OFFERED_FROM = ""


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
    change_markers = (
        "amount_raised",
        "committed",
        "nb_products_sold",
        "supporters_count",
        "orders_count",
        "finished",
        "is_cancelled",
        OPEN,
    )


class OrderDetails(UluleStream):
    """One order; the list already has it all."""

    extra_fields = ("project", "tracking")
    extra_fields_from = OFFERED_FROM
    name = "order_details"
    path = "/orders/{order_id}"
    parent_stream_type = ProjectOrders
    single = True
    private = True
    selected_by_default = False


class UserOrders(UserStream):
    """Orders that a user placed."""

    extra_fields = ("project",)
    extra_fields_from = OFFERED_FROM
    name = "user_orders"
    path = "/users/{user_id}/orders"
    envelope = "orders"


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectSupporters,
    ProjectOrders,
    OrderDetails,
    UserOrders,
)
