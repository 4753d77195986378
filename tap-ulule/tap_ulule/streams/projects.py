"""Projects, and what describes them."""

from __future__ import annotations

import functools
import typing as t
import zlib

import msgspec

from tap_ulule._kit.compat import override
from tap_ulule._kit.state.change_markers import EVERY_RUN
from tap_ulule.client import ProjectStream, UluleStream

if t.TYPE_CHECKING:
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
    child_parameters: t.ClassVar[dict[str, str]] = {"project_id": "id"}

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"project_id": project_id} for project_id in self.tap.project_ids]

    @override
    def find_setting(self, context: Context) -> str | None:
        """Return ``project_ids``, unless the project came in a list."""
        named = {str(name) for name in self.config["project_ids"]}
        listed = self.tap.project_rows.get(context["project_id"], {})
        project = {str(context["project_id"]), str(listed.get("slug"))}
        return "project_ids" if project & named else None

    @override
    def listed_row(self, context: Context) -> Record:
        """Return a list's row of the project as one short text, if it tells enough."""
        row = self.tap.project_rows.get(context["project_id"])
        if row is None or not all(name in row for name in COUNTERS):
            return {}
        kept = {name: value for name, value in row.items() if name not in VOLATILE}
        telling = msgspec.json.encode([kept, self._query], order="deterministic")
        mark = f"|{EVERY_RUN}" if self.tap.looks_back(row) else ""
        return {GATE: f"{zlib.crc32(telling):08x}{mark}"}

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
        """The lists of children that came with each project, by its id."""
        return {}

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        """Keep what belongs to children out of the record."""
        lists = {name: record.pop(name) for name in self._list_fields if name in record}
        if self.config["api_version"] >= VIDEOS_BY_LANGUAGE_FROM:
            lists[VIDEOS] = list((record.get("video") or {}).values())
        self._lists[record["id"]] = lists
        return super().transform(record, context, parent)

    @override
    def for_children(self, record: Record, parent: Record) -> Record:
        mark = EVERY_RUN if self.tap.looks_back(record) else None
        lists = self._lists.get(record["id"], {})
        return {**super().for_children(record, parent), **lists, OPEN: mark}


class ProjectTags(ProjectStream):
    """Tags of a project."""

    name = "project_tags"
    path = "/projects/{project_id}/tags"
    envelope = "tags"
    parent_stream_type = Projects
    primary_keys = ("project_id", "id")
    page_size = None
    extra_field = "tags"


class ProjectVideos(ProjectStream):
    """Videos in all languages; the project itself carries the one of its language."""

    name = "project_videos"
    path = "/projects/{project_id}/videos"
    envelope = "videos"
    parent_stream_type = Projects
    page_size = None
    change_markers = ("video",)
    extra_field = VIDEOS
    offered_from = VIDEOS_BY_LANGUAGE_FROM


class ProjectImages(ProjectStream):
    """Images: main, background, secondary."""

    name = "project_images"
    path = "/projects/{project_id}/images"
    envelope = "images"
    parent_stream_type = Projects
    change_markers = ("main_image", "background")


class ProjectAnalyticsTags(ProjectStream):
    """Trackers on the project's page, one per type at most."""

    name = "project_analytics_tags"
    path = "/projects/{project_id}/analytics"
    envelope = "analytics"
    parent_stream_type = Projects
    page_size = None
    count_field = "analytics_count"
    change_markers = ("analytics_count",)
    extra_field = "analytics"


class ProjectEvents(ProjectStream):
    """What happened to a project: start, first order, shares of the goal, news, end."""

    name = "project_events"
    path = "/projects/{project_id}/events"
    envelope = "events"
    parent_stream_type = Projects
    primary_keys = ("project_id", "type", "time")
    replication_key = "time"
    newest_first = "time"
    change_markers = ("news_count", "percent", "finished", "sponsorships_count")


class ProjectFaqs(ProjectStream):
    """Questions and answers."""

    name = "project_faqs"
    path = "/projects/{project_id}/faq"
    envelope = "faq"
    parent_stream_type = Projects


class ProjectImpacts(ProjectStream):
    """What a project does for the sustainable development goals."""

    name = "project_impacts"
    path = "/projects/{project_id}/impact"
    parent_stream_type = Projects
    primary_keys = ("project_id",)
    single = True


class ProjectSponsorships(ProjectStream):
    """Sponsors who add to what people give."""

    name = "project_sponsorships"
    path = "/projects/{project_id}/sponsorships"
    envelope = "sponsorships"
    parent_stream_type = Projects
    page_size = None
    private = True
    count_field = "sponsorships_count"
    change_markers = ("sponsorships_count",)
    extra_field = "sponsorships"


class ProjectPartnerships(ProjectStream):
    """Partners of a project."""

    name = "project_partnerships"
    path = "/projects/{project_id}/partnerships"
    envelope = "partnerships"
    parent_stream_type = Projects
    page_size = None
    private = True
    extra_field = "partnerships"
    child_parameters: t.ClassVar[dict[str, str]] = {"partnership_id": "id"}


class PartnershipDetails(UluleStream):
    """One partnership; the list already has it all."""

    name = "partnership_details"
    path = "/partnerships/{partnership_id}"
    parent_stream_type = ProjectPartnerships
    single = True
    private = True
    selected_by_default = False


class ProjectExports(ProjectStream):
    """Exports that the owner asked for; status and address change after creation."""

    name = "project_exports"
    path = "/projects/{project_id}/exports"
    envelope = "exports"
    parent_stream_type = Projects
    private = True
    child_parameters: t.ClassVar[dict[str, str]] = {"export_id": "id"}


class ExportDetails(UluleStream):
    """One export; the list already has it all."""

    name = "export_details"
    path = "/exports/{export_id}"
    parent_stream_type = ProjectExports
    single = True
    private = True
    selected_by_default = False


class ProjectMessages(ProjectStream):
    """Messages of a project's discussion, for staff."""

    name = "project_messages"
    path = "/projects/{project_id}/messages"
    envelope = "messages"
    parent_stream_type = Projects
    private = True
    selected_by_default = False


STREAMS: tuple[type[UluleStream], ...] = (
    Projects,
    ProjectTags,
    ProjectVideos,
    ProjectImages,
    ProjectAnalyticsTags,
    ProjectEvents,
    ProjectFaqs,
    ProjectImpacts,
    ProjectSponsorships,
    ProjectPartnerships,
    PartnershipDetails,
    ProjectExports,
    ExportDetails,
    ProjectMessages,
)
