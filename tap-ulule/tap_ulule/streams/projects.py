"""Projects: one request each, if anything has changed."""

from __future__ import annotations

import functools
import typing as t
import zlib
from http import HTTPStatus

import msgspec

from tap_ulule._kit.compat import override
from tap_ulule._kit.errors import DeniedError
from tap_ulule._kit.state.change_markers import EVERY_RUN
from tap_ulule.client import ListedProject, UluleStream
from tap_ulule.markers import LATEST, LATEST_SUPPORTER, TAKEN, latest_supporter, rewards_taken

if t.TYPE_CHECKING:
    from tap_ulule._kit.reading.spec import ReadOutcome
    from tap_ulule._kit.records import Context, Record

# What a list's row must tell for it to speak for the project's lists.
COUNTERS = ("comments_count", "news_count", "supporters_count")
# What moves without anything having changed, or depends on who asks.
VOLATILE = frozenset({
    "image", "notifications", "owner", "permissions", "time_left", "time_left_short", "user_role",
})  # fmt: skip
# What newer versions leave out of a project unless it is asked for.
LEFT_OUT = ("fields_needed", "rewards", "user_role")
# Keys of a parent's copy, for its children only.
GATE = "_gate"
OPEN = "_open"
VIDEOS = "_videos"
VIDEOS_BY_LANGUAGE_FROM = "2020-11-10"


class Projects(UluleStream):
    """One request per project; it pays for rewards, owner, main tag, image and video.

    A project that came in a list, whose row has not changed since, is not asked for again, and
    neither are its lists.
    """

    name = "projects"
    path = "/projects/{project_id}"
    single = True
    change_markers = (GATE,)
    marker_fields = (LATEST_SUPPORTER,)
    child_parameters: t.ClassVar[dict[str, str]] = {"project_id": "id"}

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"project_id": project_id} for project_id in self.tap.project_ids]

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        return super().wants(context, parent) or self.tap.pays_out(context["project_id"])

    @override
    def find_setting(self, context: Context) -> str | None:
        """Return ``project_ids``, unless the project came in a list."""
        named = {str(name) for name in self.config["project_ids"]}
        listed = self.tap.listed_projects.get(context["project_id"])
        project = {str(context["project_id"]), str(listed.slug if listed else None)}
        return "project_ids" if project & named else None

    @override
    def listed_row(self, context: Context) -> Record:
        """Return what a list's row of the project stands for, if it tells enough."""
        row = self.tap.listed_projects.get(context["project_id"])
        return {} if row is None or row.mark is None else {GATE: row.mark}

    def listed(self, row: Record) -> ListedProject:
        """Return what is kept of a list's row of a project: all of it as one short text."""
        if not all(name in row for name in COUNTERS):
            return ListedProject(row.get("slug"), None)
        kept = {name: value for name, value in row.items() if name not in VOLATILE}
        if LATEST_SUPPORTER in kept:
            kept[LATEST_SUPPORTER] = latest_supporter(row)
        telling = msgspec.json.encode([kept, self._query], order="deterministic")
        every = f"|{EVERY_RUN}" if self.tap.looks_back(row) else ""
        return ListedProject(row.get("slug"), f"{zlib.crc32(telling):08x}{every}")

    @functools.cached_property
    def _query(self) -> list[t.Any]:
        """What else a project and its lists depend on: they are read anew when it changes."""
        below = [s.name for s in self.tap.streams.values() if s.selected and s is not self]
        return [below, self.config.get("lang"), self.config["api_version"], self.tap.identity]

    @functools.cached_property
    def extra_fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """What newer versions leave out of a project, and the lists that come with it."""
        return (*LEFT_OUT, *self._list_fields)

    @functools.cached_property
    def _list_fields(self) -> list[str]:
        """The fields that hold the lists of children."""
        children = t.cast("list[UluleStream]", self.children)
        return [c.extra_field for c in children if c.extra_field and c.extra_field != VIDEOS]

    @functools.cached_property
    def _lists(self) -> dict[t.Any, Record]:
        """What came with the project at hand for its children, by its id."""
        return {}

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        """Keep what belongs to children out of the record."""
        lists = {name: record.pop(name) for name in self._list_fields if name in record}
        if self.config["api_version"] >= VIDEOS_BY_LANGUAGE_FROM:
            lists[VIDEOS] = list((record.get("video") or {}).values())
        lists[LATEST] = latest_supporter(record)
        self._lists.clear()
        self._lists[record["id"]] = lists
        return super().transform(record, context, parent)

    # Projects that are gone

    @functools.cached_property
    def _not_found(self) -> set[str]:
        """The contexts that were answered with 404."""
        return set()

    @override
    def rows_for_denied(self, error: DeniedError, context: Context) -> list[Record] | None:
        if error.status == HTTPStatus.NOT_FOUND:
            self._not_found.add(self.context_id(context))
        return super().rows_for_denied(error, context)

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        super().after_reading(outcome)
        if self.tracks_deletions and not self.tap.denied_sources:
            vanished = self.reader.vanished
            there = set(map(self.context_id, self.config_contexts())) - self._not_found
            for project in vanished.known.lists - there:
                # It may have been asked for by a slug that it has no more.
                ids = [str(ident) for (ident,) in vanished.known.of(project) or ()]
                if any(map(self._exists, dict.fromkeys([project, *ids]))):
                    # It has only left the lists, or the settings.
                    vanished.known.forget([project])
                else:
                    vanished.forget_list({"project_id": project})

    def _exists(self, project: str) -> bool:
        try:
            self.run.fetch_now(self.list_request({"project_id": project}, None), self.name)
        except DeniedError as error:
            return error.status != HTTPStatus.NOT_FOUND
        return True

    @override
    def for_children(self, record: Record, parent: Record) -> Record:
        mark = EVERY_RUN if self.tap.looks_back(record) else None
        lists = self._lists.get(record["id"], {})
        taken = rewards_taken(record)
        return {**super().for_children(record, parent), **lists, TAKEN: taken, OPEN: mark}


STREAMS: tuple[type[UluleStream], ...] = (Projects,)
