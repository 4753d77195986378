"""What describes a project: tags, pictures, events, questions, sponsors, exports."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.markers import LATEST
from tap_ulule.streams.projects import VIDEOS, VIDEOS_BY_LANGUAGE_FROM, Projects

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context, Record


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
    """What happened to a project: start, first order, shares of the goal, news, end.

    The event of the first order comes, goes or gets another time as orders do, which need not move
    the percentage. Such an event may stand below the newest one known, and the list tells no total:
    so it is read whole, one page for most projects.
    """

    name = "project_events"
    path = "/projects/{project_id}/events"
    envelope = "events"
    parent_stream_type = Projects
    primary_keys = ("project_id", "type", "time")
    replication_key = "time"
    newest_first = "time"
    former_markers = (
        "news_count",
        "percent",
        "amount_raised",
        "nb_products_sold",
        "finished",
        "sponsorships_count",
    )
    change_markers = (*former_markers, LATEST)

    @override
    def reads_to_end(self, context: Context, parent: Record) -> bool:
        return True


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
    none_is_404 = True


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
    context_fields = ("project_id",)
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
    context_fields = ("project_id",)
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
