"""The streams of microPledge: two requests per project at most."""

from __future__ import annotations

import collections
import typing as t

from tap_micropledge._kit.compat import override
from tap_micropledge._kit.errors import ContentError, DeniedError
from tap_micropledge._kit.singer.stream import ApiStream
from tap_micropledge._kit.times import instant

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_micropledge._kit.records import Context, Record

NOT_FOUND = 404
# Brackets cannot be in a slug.
ANONYMOUS = "(anonymous)"


class MicroPledgeStream(ApiStream):
    """A page of the site, as JSON."""

    context_fields = ("project_slug",)

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"format": "json"}

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        """Judge by the ``result`` field: an error may come with status 200."""
        if isinstance(data, dict):
            if "result" not in data:
                raise ContentError(f"The answer for '{self.name}' has no field 'result'.")
            if data["result"] != "success":
                raise DeniedError(
                    f"microPledge answers without success for '{self.name}': is the slug right?",
                    status=NOT_FOUND,
                )
        return super().extract_records(data)


class Projects(MicroPledgeStream):
    """One request per configured slug."""

    name = "projects"
    configured_by = "project_slugs"
    path = "/projects/{project_slug}"
    single = True
    primary_keys = ("project_slug",)
    child_parameters: t.ClassVar[dict[str, str]] = {"project_slug": "project_slug"}

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"project_slug": slug} for slug in dict.fromkeys(self.config["project_slugs"])]

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record:
        record.pop("result", None)
        return record


class Pledges(MicroPledgeStream):
    """All pledges of a project, read again only when their number or sum moved.

    A pledge has no id, and an anonymous one no name: equal ones are numbered, from the oldest on,
    so that the number of an old pledge does not depend on new ones.
    """

    name = "pledges"
    path = "/projects/{project_slug}/pledges"
    envelope = "pledges"
    parent_stream_type = Projects
    primary_keys = ("project_slug", "date", "userslug", "amount", "_occurrence")
    key_placeholders: t.ClassVar[dict[str, str]] = {"userslug": ANONYMOUS}
    count_field = "numPledges"
    change_markers = ("numPledges", "pledged")

    @property
    @override
    def tracks_deletions(self) -> bool:
        return bool(self.tap.detects_deletions)

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        """Number the pledges of a project.

        Raises:
            ContentError: If a pledge has no date or amount, which are parts of its key.
        """
        for row in rows:
            for name in ("date", "amount"):
                if row.get(name) is None:
                    raise ContentError(f"A record of '{self.name}' has no '{name}'.")
        seen: collections.Counter[tuple[t.Any, ...]] = collections.Counter()
        for row in oldest_first(rows):
            key = (row["date"], row["userslug"], row["amount"])
            row["_occurrence"] = seen[key]
            seen[key] += 1
        return rows


def oldest_first(rows: list[Record]) -> list[Record]:
    """Return pledges by date, those of one second in the order in which the site got them.

    Newest first is how the documented sample is sorted; no document promises it.

    Raises:
        ContentError: If a date is not a date-time.
    """
    try:
        moments = [instant(row["date"]) for row in rows]
    except (TypeError, ValueError):
        raise ContentError("A record of 'pledges' has a 'date' that is not a date-time.") from None
    newest_first = not moments or moments[0] >= moments[-1]
    numbers = sorted(
        range(len(rows)), key=lambda number: (moments[number], -number if newest_first else number)
    )
    return [rows[number] for number in numbers]


STREAMS = (Projects, Pledges)
