"""Tags, and who carries them."""

from __future__ import annotations

import functools
import typing as t

from tap_moco._kit.compat import override
from tap_moco._kit.reading.spec import ReadWindow
from tap_moco._kit.singer.deleted_rows import with_deleted_at
from tap_moco._kit.state.bookmarks import since_bookmark
from tap_moco._kit.state.known_keys import KnownKeys
from tap_moco._kit.times import as_text
from tap_moco.client import MocoStream
from tap_moco.kinds import READ_UNTIL, RunTimestampStream
from tap_moco.streams.contacts import Companies, Contacts
from tap_moco.streams.invoicing import Invoices
from tap_moco.streams.people import Users
from tap_moco.streams.projects import Projects
from tap_moco.streams.purchases import Purchases
from tap_moco.streams.sales import Deals, Offers

if t.TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping
    from datetime import datetime

    from requests import PreparedRequest
    from singer_sdk.helpers import types

    from tap_moco._kit.encoded_rows import Rows
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
# Until when the list of each type was read: {"Company": "2026-01-31T12:00:00Z"}.
STATE_KEY = "types_until"


class Tags(MocoStream):
    """Tags of all eight areas."""

    name = "tags"
    path = "/tags"


class Taggings(RunTimestampStream):
    """Who carries which tag: read from the tagged records' own lists.

    ``/taggings/{type}/{id}`` would say the same at the cost of one request per record.

    A run may stop between two lists, and a key may read some of them only. So the state keeps of
    each type until when it was read; a type that is not there is read whole.
    """

    name = "taggings"
    path = "/"
    primary_keys = ("taggable_type", "taggable_id", "name")
    counted = False
    one_permission = False
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

    # Until when each list was read

    @functools.cached_property
    def _read_until(self) -> dict[str, str]:
        """Until when each type was read for the present query."""
        if not self.query_binding.matches:
            return {}
        # Older versions kept one moment for all.
        before = self.stream_state.get(READ_UNTIL)
        known = dict.fromkeys(TAGGABLE, before) if before else {}
        return {**known, **self.stream_state.get(STATE_KEY, {})}

    @override
    def read_window(self) -> ReadWindow:
        """Return all of each list: from when on it is read, its request says.

        Where taggings that are gone are told, a list in which a run stopped is begun anew: what its
        records carried is known at its end.
        """
        return ReadWindow(resumes=not self.tells_deleted)

    @override
    def list_request(
        self,
        context: Context,
        since: datetime | None,
        **add: t.Any,
    ) -> PreparedRequest:
        start = self.query_binding.asked_since
        kind = context["taggable_type"]
        known = since_bookmark(self._read_until, kind, start, self.run.overlap)
        return super().list_request(context, known, **add)

    @override
    def after_list(self, context: Context, parent: Record, *, resumed: bool) -> None:
        kind = context["taggable_type"]
        if self.tells_deleted:
            self._note_tags(kind, whole=True)
        self._read_until[kind] = as_text(self.state_manager.started_at)
        self.stream_state[STATE_KEY] = self._read_until
        self.stream_state.pop(READ_UNTIL, None)
        self.query_binding.commit()

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        """Note nothing: each list was noted at its end."""

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
        """The tags that came with each record, by type and id, of lists that have not ended."""
        return {}

    def _tags_of(self, context: Context) -> dict[int, set[str | None]]:
        return self._found.setdefault(context["taggable_type"], {})

    @functools.cached_property
    def _known(self) -> KnownKeys:
        """The taggings that are known, by type: id and name."""
        return KnownKeys(self.stream_state, self.query_binding.identity)

    @override
    def read(self) -> Generator[Rows, None, ReadOutcome]:
        try:
            return (yield from super().read())
        finally:
            # What came of a list that did not end may be gone when it is read again.
            for kind in list(self._found):
                self._note_tags(kind, whole=False)

    def _note_tags(self, kind: str, *, whole: bool) -> None:
        """Remember the tags that came, and tell which are gone if the list came to its end."""
        found = self._found.get(kind, {})
        known = self._known.of(kind) or frozenset()
        there = {(ident, name) for ident, names in found.items() for name in names if name}
        gone = {key for key in known - there if key[0] in found} if whole else set()
        self._tell_gone(kind, gone)
        self._known.put(kind, (known - gone) | there)
        self._found.pop(kind, None)

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
