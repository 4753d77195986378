"""News, comments and replies."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import ProjectStream, UluleStream
from tap_ulule.streams.projects import Projects

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers import types

    from tap_ulule._kit.records import Record


class ProjectComments(ProjectStream):
    """Comments, newest first."""

    name = "project_comments"
    path = "/projects/{project_id}/comments"
    envelope = "comments"
    parent_stream_type = Projects
    replication_key = "submit_date"
    counter = "comments_count"
    signal = ("comments_count",)
    newest_first = "submit_date"
    hands_down: t.ClassVar[dict[str, str]] = {"comment_id": "id"}


class CommentReplies(UluleStream):
    """Replies to comments, without a request where the comment shows all of them."""

    name = "comment_replies"
    path = "/comments/{comment_id}/replies"
    envelope = "replies"
    parent_stream_type = ProjectComments
    inject = ("comment_id",)
    replication_key = "submit_date"
    counter = "replies_count"
    signal = ("replies_count",)
    newest_first = "submit_date"
    selected_by_default = False

    @override
    def read_context(self, context: types.Context, parent: Record) -> Iterator[Record]:
        replies, count = parent.get("replies"), parent.get("replies_count")
        if isinstance(replies, list) and len(replies) == count:
            rows = [dict(row) for row in replies]
            yield from self.emit(self.prepare(rows, context), context)
        else:
            yield from super().read_context(context, parent)

    @override
    def _open_ahead(self, context: types.Context, parent: Record) -> None:
        if len(parent.get("replies") or ()) != parent.get("replies_count"):
            super()._open_ahead(context, parent)


class ProjectNews(ProjectStream):
    """News of the project's owner."""

    name = "project_news"
    path = "/projects/{project_id}/news"
    envelope = "news"
    parent_stream_type = Projects
    counter = "news_count"
    signal = ("news_count",)
    hands_down: t.ClassVar[dict[str, str]] = {"news_id": "id"}


class NewsDetails(UluleStream):
    """One piece of news with its author and project."""

    name = "news_details"
    path = "/news/{news_id}"
    parent_stream_type = ProjectNews
    single = True
    signal = ("comments_count", "status", "date_publication")
    selected_by_default = False


class NewsComments(UluleStream):
    """Comments on news, newest first."""

    name = "news_comments"
    path = "/news/{news_id}/comments"
    envelope = "comments"
    parent_stream_type = ProjectNews
    inject = ("news_id", "project_id")
    replication_key = "submit_date"
    counter = "comments_count"
    signal = ("comments_count",)
    newest_first = "submit_date"


STREAMS: tuple[type[UluleStream], ...] = (
    ProjectComments,
    CommentReplies,
    ProjectNews,
    NewsDetails,
    NewsComments,
)
