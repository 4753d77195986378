"""Tags, and who carries them."""

from __future__ import annotations

import functools
import typing as t

from tap_moco._kit.compat import override
from tap_moco._kit.singer.deleted_rows import with_deleted_at
from tap_moco._kit.state.known_keys import KnownKeys
from tap_moco.client import MocoStream
from tap_moco.kinds import RunTimestampStream
from tap_moco.streams.contacts import Companies, Contacts
from tap_moco.streams.invoicing import Invoices
from tap_moco.streams.people import Users
from tap_moco.streams.projects import Projects
from tap_moco.streams.purchases import Purchases
from tap_moco.streams.sales import Deals, Offers

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from singer_sdk.helpers import types

    from tap_moco._kit.reading.spec import ReadOutcome
    from tap_moco._kit.records import Context, Record
    from tap_moco._kit.state.known_keys import Key
    from tap_moco.id_log import IdLog

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
    copied_from = tuple(listed.name for _, listed in TAGGABLE.values())  # type: ignore[misc]
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
        if self.tells_deleted:
            self._tags_of(context).setdefault(record["taggable_id"], set()).add(record["name"])
        if not record["name"]:
            return None
        return {"taggable_type": context["taggable_type"], **record}

    # Deleted taggings: those of a record that came, which it has no more

    @property
    def tells_deleted(self) -> bool:
        """Whether taggings that are gone are marked, which this stream does by itself."""
        return self.tap.detects_deletions

    @override
    def record_schema(self) -> dict[str, t.Any]:
        schema = super().record_schema()
        return with_deleted_at(schema) if self.tells_deleted else schema

    @functools.cached_property
    def _found(self) -> dict[str, dict[int, set[str | None]]]:
        """The tags that came with each record, by type and id."""
        return {}

    def _tags_of(self, context: Context) -> dict[int, set[str | None]]:
        return self._found.setdefault(context["taggable_type"], {})

    @functools.cached_property
    def _known(self) -> KnownKeys:
        """The taggings that are known, by type: id and name."""
        return KnownKeys(self.stream_state, self.query_binding.identity)

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        super().after_reading(outcome)
        if outcome.complete and self.tells_deleted:
            for kind, found in self._found.items():
                known = self._known.of(kind) or frozenset()
                there = {(ident, name) for ident, names in found.items() for name in names if name}
                gone = {key for key in known - there if key[0] in found}
                self._tell_gone(kind, gone)
                self._known.put(kind, (known - gone) | there)

    def forget_copies(self, stream: str, present: IdLog) -> None:
        """Tell the target that the taggings of deleted records are gone."""
        kinds = dict(zip(self.copied_from, TAGGABLE, strict=True))
        for kind in [kinds[stream]]:
            known = self._known.of(kind) or frozenset()
            deleted = present.missing({key[0] for key in known})
            gone = {key for key in known if key[0] in deleted}
            self._tell_gone(kind, gone)
            self._known.put(kind, known - gone)

    def _tell_gone(self, kind: str, keys: Collection[Key]) -> None:
        for ident, name in sorted(keys):
            self.write_deleted({"taggable_type": kind, "taggable_id": ident, "name": name})
        self.run.summary.deleted[self.name] += len(keys)


STREAMS = (Tags, Taggings)
