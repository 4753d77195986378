"""News, comments and replies."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.streams.projects import Projects

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context, Record


class ProjectComments(ProjectStream):
    """Comments, newest first."""

    name = "project_comments"
    path = "/projects/{project_id}/comments"
    envelope = "comments"
    parent_stream_type = Projects
    replication_key = "submit_date"
    count_field = "comments_count"
    change_markers = ("comments_count",)
    newest_first = "submit_date"
    child_parameters: t.ClassVar[dict[str, str]] = {"comment_id": "id"}


class CommentReplies(UluleStream):
    """Replies to comments, without a request where the comment shows all of them."""

    name = "comment_replies"
    path = "/comments/{comment_id}/replies"
    envelope = "replies"
    parent_stream_type = ProjectComments
    context_fields = ("comment_id", "project_id")
    replication_key = "submit_date"
    count_field = "replies_count"
    change_markers = ("replies_count",)
    newest_first = "submit_date"
    selected_by_default = False

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> list[Record] | None:
        replies, count = parent.get("replies"), parent.get("replies_count")
        if isinstance(replies, list) and len(replies) == count:
            return [dict(row) for row in replies]
        return None


class ProjectNews(ProjectStream):
    """News of the project's owner."""

    name = "project_news"
    path = "/projects/{project_id}/news"
    envelope = "news"
    parent_stream_type = Projects
    count_field = "news_count"
    change_markers = ("news_count",)
    child_parameters: t.ClassVar[dict[str, str]] = {"news_id": "id"}


class NewsDetails(UluleStream):
    """One piece of news with its author and project."""

    name = "news_details"
    path = "/news/{news_id}"
    parent_stream_type = ProjectNews
    single = True
    context_fields = ("project_id",)
    change_markers = ("comments_count", "status", "date_publication")
    selected_by_default = False


class NewsComments(UluleStream):
    """Comments on news, newest first."""

    name = "news_comments"
    path = "/news/{news_id}/comments"
    envelope = "comments"
    parent_stream_type = ProjectNews
    context_fields = ("news_id", "project_id")
    replication_key = "submit_date"
    count_field = "comments_count"
    change_markers = ("comments_count",)
    newest_first = "submit_date"


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectComments,
    CommentReplies,
    ProjectNews,
    NewsDetails,
    NewsComments,
)
