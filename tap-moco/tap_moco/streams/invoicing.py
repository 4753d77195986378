"""Invoices, and what belongs to them."""

from __future__ import annotations

import typing as t

from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, FullStream


class Invoices(MocoStream):
    """Invoices without their items, disregarded ones included."""

    name = "invoices"
    path = "/invoices"
    area = "invoicing"
    flags = ("include_disregarded",)
    entity = ("Invoice",)
    child_parameters: t.ClassVar[dict[str, str]] = {"invoice_id": "id"}


class InvoiceDetails(ChildStream):
    """Invoices with items, payments, reminders and texts."""

    name = "invoice_details"
    path = "/invoices/{invoice_id}"
    area = "invoicing"
    entity = ("Invoice",)
    parent_stream_type = Invoices
    replication_key = None
    schema_name = "invoices"
    description = "Invoices with items, payments, reminders and texts."
    single = True
    selected_by_default = False


class InvoiceTimesheetActivities(ChildStream):
    """Hours that an invoice bills; activities name their invoice for free."""

    name = "invoice_timesheet_activities"
    path = "/invoices/{invoice_id}/timesheet"
    copied_from = ("activities",)
    area = "invoicing"
    parent_stream_type = Invoices
    primary_keys = ("invoice_id", "id")
    replication_key = None
    context_fields = ("invoice_id",)
    selected_by_default = False


class InvoiceExpenses(ChildStream):
    """Expenses that an invoice bills; project expenses name their invoice for free."""

    name = "invoice_expenses"
    path = "/invoices/{invoice_id}/expenses"
    copied_from = ("project_expenses",)
    area = "invoicing"
    entity = ("Expense",)
    parent_stream_type = Invoices
    primary_keys = ("invoice_id", "id")
    replication_key = None
    context_fields = ("invoice_id",)
    selected_by_default = False


class InvoiceAttachments(ChildStream):
    """Names of the files that are attached to an invoice."""

    name = "invoice_attachments"
    path = "/invoices/{invoice_id}/attachments"
    area = "invoicing"
    parent_stream_type = Invoices
    primary_keys = ("invoice_id", "id")
    replication_key = None
    context_fields = ("invoice_id",)
    selected_by_default = False


class LockedInvoices(FullStream):
    """Locked invoices; invoices carry the flag for free."""

    name = "locked_invoices"
    path = "/invoices/locked"
    area = "invoicing"
    entity = ("Invoice",)
    selected_by_default = False


class InvoicePayments(MocoStream):
    """Payments of all invoices, in one list."""

    name = "invoice_payments"
    path = "/invoices/payments"
    area = "invoicing"


class InvoiceReminders(MocoStream):
    """Reminders of all invoices, in one list."""

    name = "invoice_reminders"
    path = "/invoice_reminders"
    area = "invoicing"


class InvoiceBookkeepingExports(MocoStream):
    """Exports of invoices to bookkeeping."""

    name = "invoice_bookkeeping_exports"
    path = "/invoices/bookkeeping_exports"
    area = "invoicing"


class Approvals(MocoStream):
    """Approvals of invoices and purchases."""

    name = "approvals"
    path = "/approvals"
    area = "invoicing"
    beta = True


STREAMS = (
    Invoices,
    InvoiceDetails,
    InvoiceTimesheetActivities,
    InvoiceExpenses,
    InvoiceAttachments,
    LockedInvoices,
    InvoicePayments,
    InvoiceReminders,
    InvoiceBookkeepingExports,
    Approvals,
)
