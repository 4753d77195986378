"""Companies, people at companies, and what is said about them."""

from __future__ import annotations

from tap_moco.client import MocoStream


class Companies(MocoStream):
    """Customers, suppliers and organizations, archived ones included."""

    name = "companies"
    path = "/companies"
    area = "companies"
    flags = ("include_archived",)
    entity = ("Company", "Customer", "Supplier", "Organization")


class Contacts(MocoStream):
    """People at companies."""

    name = "contacts"
    path = "/contacts/people"
    area = "contacts"
    entity = ("Contact", "Person")


class Comments(MocoStream):
    """Comments on records of all kinds."""

    name = "comments"
    path = "/comments"
    area = "companies"


STREAMS = (Companies, Contacts, Comments)
