"""Tags, and who carries them."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco.client import MocoStream, RunTimestampStream
from tap_moco.streams.contacts import Companies, Contacts
from tap_moco.streams.invoicing import Invoices
from tap_moco.streams.people import Users
from tap_moco.streams.projects import Projects
from tap_moco.streams.purchases import Purchases
from tap_moco.streams.sales import Deals, Offers

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from singer_sdk.helpers import types

    from tap_moco._kit.records import Context, Record

# Type in MOCO's own words, and where the records are listed.
TAGGABLE: Mapping[str, tuple[str, type[MocoStream]]] = {
    "Company": ("/companies", Companies),
    "Contact": ("/contacts/people", Contacts),
    "Project": ("/projects", Projects),
    "Deal": ("/deals", Deals),
    "Purchase": ("/purchases", Purchases),
    "Invoice": ("/invoices", Invoices),
    "Offer": ("/offers", Offers),
    "User": ("/users", Users),
}


class Tags(MocoStream):
    """Tags of all eight areas."""

    name = "tags"
    path = "/tags"


class Taggings(RunTimestampStream):
    """Who carries which tag: read from the tagged records' own lists.

    ``/taggings/{type}/{id}`` would say the same at the cost of one request per record.
    """

    name = "taggings"
    path = "/"
    primary_keys = ("taggable_type", "taggable_id", "name")
    counted = False
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"taggable_type": kind} for kind in TAGGABLE]

    @override
    def get_url(self, context: types.Context | None) -> str:
        path, _ = TAGGABLE[(context or {})["taggable_type"]]
        return f"{self.url_base}{path}"

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        _, stream = TAGGABLE[context["taggable_type"]]
        flags = dict.fromkeys(stream.flags, "true")
        return {**super().query_parameters(context, since), **flags}

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        """Return one row per tag, and one without a name for a record that has none."""
        return [
            {"taggable_id": row["id"], "name": name}
            for row in super().extract_records(data)
            for name in row.get("tags") or [None]
        ]

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        if not record["name"]:
            return None
        return {"taggable_type": context["taggable_type"], **record}


STREAMS = (Tags, Taggings)
