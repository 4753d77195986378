"""The streams of MOCO; names, keys and filters as the API documents them."""

from __future__ import annotations

from tap_moco.client import MocoStream


class Companies(MocoStream):
    """Customers, suppliers and organizations."""

    name = "companies"
    path = "/companies"
    flags = ("include_archived",)


class Contacts(MocoStream):
    """People at companies."""

    name = "contacts"
    path = "/contacts/people"


class Users(MocoStream):
    """The staff, deactivated people included."""

    name = "users"
    path = "/users"
    flags = ("include_archived",)


class Deals(MocoStream):
    """Leads in MOCO's own words."""

    name = "deals"
    path = "/deals"


class DealCategories(MocoStream):
    """Steps of the sales funnel."""

    name = "deal_categories"
    path = "/deal_categories"


class Projects(MocoStream):
    """Projects with their tasks and contracts in short form."""

    name = "projects"
    path = "/projects"
    flags = ("include_archived",)


class Activities(MocoStream):
    """Hours worked; the biggest stream by far."""

    name = "activities"
    path = "/activities"


class Offers(MocoStream):
    """Offers without their items."""

    name = "offers"
    path = "/offers"


class Invoices(MocoStream):
    """Invoices without their items, disregarded ones included."""

    name = "invoices"
    path = "/invoices"
    flags = ("include_disregarded",)


class InvoicePayments(MocoStream):
    """Payments of all invoices, in one list."""

    name = "invoice_payments"
    path = "/invoices/payments"


STREAMS = (
    Companies,
    Contacts,
    Users,
    Deals,
    DealCategories,
    Projects,
    Activities,
    Offers,
    Invoices,
    InvoicePayments,
)
