"""Purchases, and what belongs to them."""

from __future__ import annotations

import typing as t

from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, FullStream, RunTimestampStream
from tap_moco.yearly import ReportStream


class Purchases(MocoStream):
    """Purchases with their items and payments."""

    name = "purchases"
    path = "/purchases"
    area = "purchases"
    entity = ("Purchase",)
    child_parameters: t.ClassVar[dict[str, str]] = {"purchase_id": "id"}


class PurchaseItems(ChildStream):
    """Items of purchases, taken from the purchases: no request, unless one does not carry them."""

    name = "purchase_items"
    path = "/purchases/{purchase_id}"
    envelope = "items"
    area = "purchases"
    parent_stream_type = Purchases
    parent_field = "items"
    replication_key = None
    context_fields = ("purchase_id",)


class PurchasePayments(MocoStream):
    """Payments of all purchases, in one list."""

    name = "purchase_payments"
    path = "/purchases/payments"
    area = "purchases"


class PurchaseDrafts(MocoStream):
    """Drafts; one disappears when it becomes a purchase."""

    name = "purchase_drafts"
    path = "/purchases/drafts"
    area = "purchases"


class PurchaseCategories(MocoStream):
    """Categories of purchases."""

    name = "purchase_categories"
    path = "/purchases/categories"
    area = "purchases"


class PurchaseBudgets(ReportStream):
    """Budgets and what was used of them, per year."""

    name = "purchase_budgets"
    path = "/purchases/budgets"
    area = "purchases"
    primary_keys = ("id", "year")


class PurchaseBookkeepingExports(FullStream):
    """Exports of purchases to bookkeeping."""

    name = "purchase_bookkeeping_exports"
    path = "/purchases/bookkeeping_exports"
    area = "purchases"


class PlannedPurchases(MocoStream):
    """Purchases to come."""

    name = "planned_purchases"
    path = "/planned_purchases"
    area = "purchases"
    entity = ("PlannedPurchase", "PurchaseOrder", "Purchase::Order")
    beta = True


class Receipts(RunTimestampStream):
    """Receipts of expenses that people paid themselves."""

    name = "receipts"
    path = "/receipts"
    area = "purchases"


STREAMS = (
    Purchases,
    PurchaseItems,
    PurchasePayments,
    PurchaseDrafts,
    PurchaseCategories,
    PurchaseBudgets,
    PurchaseBookkeepingExports,
    PlannedPurchases,
    Receipts,
)
