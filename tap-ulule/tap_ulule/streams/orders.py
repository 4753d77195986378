"""Supporters and orders: lists that change behind their newest row."""

from __future__ import annotations

import functools
import sys
import typing as t
from datetime import timedelta

from tap_ulule._kit.state import instant
from tap_ulule.client import ProjectStream, UluleStream, UserStream
from tap_ulule.streams.projects import OPEN, OpenSignals, Projects

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


class LookbackSignals(OpenSignals):
    """Signals whose bookmark lies some days back; without days there is none: the list is whole.

    An order that becomes valid late stands behind newer ones, so a list that moved is not read
    down to its newest known row only.
    """

    lookback_days = 0

    @override
    def bookmark(self, parent: str) -> str | None:
        newest = super().bookmark(parent)
        if newest is None or not self.lookback_days:
            return None
        return (instant(newest) - timedelta(days=self.lookback_days)).isoformat()


class LookbackStream(ProjectStream):
    """A list of one project that is read down to ``lookback_days`` before its newest known row.

    As long as the campaign is open that is done in every run, because the status of an order moves
    no counter.
    """

    @functools.cached_property
    def _signals(self) -> LookbackSignals:
        found = LookbackSignals(self.stream_state, refresh_days=self._tap.refresh_days)
        found.lookback_days = self.config["lookback_days"]
        return found


class ProjectSupporters(LookbackStream):
    """People who gave, without their e-mail address."""

    name = "project_supporters"
    path = "/projects/{project_id}/supporters"
    envelope = "supporters"
    parent_stream_type = Projects
    primary_keys = ("project_id", "id")
    counter = "supporters_count"
    signal = ("supporters_count", OPEN)
    newest_first = "date_creation"


class ProjectOrders(LookbackStream):
    """Orders, for the owner of the project or its partner only."""

    name = "project_orders"
    path = "/projects/{project_id}/orders"
    envelope = "orders"
    parent_stream_type = Projects
    private = True
    counter = "orders_count"
    newest_first = "created_at"
    hands_down: t.ClassVar[dict[str, str]] = {"order_id": "id"}
    signal = (
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

    name = "order_details"
    path = "/orders/{order_id}"
    parent_stream_type = ProjectOrders
    single = True
    private = True
    selected_by_default = False


class UserOrders(UserStream):
    """Orders that a user placed."""

    name = "user_orders"
    path = "/users/{user_id}/orders"
    envelope = "orders"


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectSupporters,
    ProjectOrders,
    OrderDetails,
    UserOrders,
)
