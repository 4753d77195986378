"""Deals and offers."""

from __future__ import annotations

import sys
import typing as t

from tap_moco.client import ChildStream, ClockStream, MocoStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_moco._kit.listing import Listing
    from tap_moco._kit.records import Record


class DealCategories(MocoStream):
    """Steps of the sales funnel."""

    name = "deal_categories"
    path = "/deal_categories"
    area = "sales"


class Deals(MocoStream):
    """Leads in MOCO's own words."""

    name = "deals"
    path = "/deals"
    area = "sales"
    entity = ("Deal",)


class Offers(MocoStream):
    """Offers without their items."""

    name = "offers"
    path = "/offers"
    area = "sales"
    entity = ("Offer",)
    child_key = "offer_id"


class OfferDetails(ChildStream):
    """Offers with items and texts."""

    name = "offer_details"
    path = "/offers/{offer_id}"
    area = "sales"
    entity = ("Offer",)
    parent_stream_type = Offers
    replication_key = None
    schema_name = "offers"
    single = True
    selected_by_default = False


class OfferAttachments(ChildStream):
    """Names of the files that are attached to an offer."""

    name = "offer_attachments"
    path = "/offers/{offer_id}/attachments"
    area = "sales"
    parent_stream_type = Offers
    primary_keys = ("offer_id", "id")
    replication_key = None
    inject = ("offer_id",)
    selected_by_default = False


class OfferCustomerApprovals(ChildStream):
    """Approvals by customers, of the offers that have one."""

    name = "offer_customer_approvals"
    path = "/offers/{offer_id}/customer_approval"
    area = "sales"
    parent_stream_type = Offers
    replication_key = None
    inject = ("offer_id",)
    single = True
    none_is_404 = True

    @override
    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        if parent.get("customer_approval") is None:
            return None
        return super().open_listing(context, parent)


class OfferConfirmations(ClockStream):
    """Confirmations of accepted offers."""

    name = "offer_confirmations"
    path = "/offer_confirmations"
    area = "sales"
    beta = True


STREAMS = (
    DealCategories,
    Deals,
    Offers,
    OfferDetails,
    OfferAttachments,
    OfferCustomerApprovals,
    OfferConfirmations,
)
