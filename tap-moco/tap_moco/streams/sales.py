"""Deals and offers."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, RunTimestampStream

if t.TYPE_CHECKING:
    from tap_moco._kit.records import Context, Record


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
    child_parameters: t.ClassVar[dict[str, str]] = {"offer_id": "id"}


class OfferDetails(ChildStream):
    """Offers with items and texts."""

    name = "offer_details"
    path = "/offers/{offer_id}"
    area = "sales"
    entity = ("Offer",)
    parent_stream_type = Offers
    replication_key = None
    schema_name = "offers"
    description = "Offers with items and texts."
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
    context_fields = ("offer_id",)
    selected_by_default = False


class OfferCustomerApprovals(ChildStream):
    """Approvals by customers, of the offers that have one."""

    name = "offer_customer_approvals"
    path = "/offers/{offer_id}/customer_approval"
    area = "sales"
    parent_stream_type = Offers
    replication_key = None
    context_fields = ("offer_id",)
    single = True
    none_is_404 = True

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        there = parent.get("customer_approval") is not None
        return (there or self.reader.vanished.has_known(context)) and super().wants(context, parent)


class OfferConfirmations(RunTimestampStream):
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
