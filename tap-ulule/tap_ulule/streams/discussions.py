"""Discussions, which live on a host of their own."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.streams.core import Stream

from tap_ulule._kit.state import instant
from tap_ulule.client import UluleStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ulule._kit.listing import Listing
    from tap_ulule._kit.records import Record


class DiscussionStream(UluleStream):
    """A list of the discussions host."""

    private = True

    @property
    @override
    def url_base(self) -> str:
        """The configured host; never one that an answer names."""
        return self._tap.discussions_url


class Threads(DiscussionStream):
    """Threads of the signed-in user, the one with the latest change first."""

    name = "threads"
    path = "/threads"
    envelope = "threads"
    replication_key = "updated_at"
    newest_first = "updated_at"
    hands_down: t.ClassVar[dict[str, str]] = {"thread_id": "id"}

    @override
    def read_pages(self, listing: Listing, bookmark: str | None) -> Iterator[list[Record]]:
        """Read down to the bookmark, less an overlap."""
        since = self.updated_since()
        for rows in super().read_pages(listing, since.isoformat() if since else None):
            yield [row for row in rows if not since or instant(row["updated_at"]) >= since]


class ThreadDetails(DiscussionStream):
    """One thread; the list already has it all."""

    name = "thread_details"
    path = "/threads/{thread_id}"
    parent_stream_type = Threads
    single = True
    signal = ("updated_at",)
    selected_by_default = False


class ThreadRecipients(DiscussionStream):
    """Who takes part in a thread; the thread already lists the users."""

    name = "thread_recipients"
    path = "/threads/{thread_id}/recipients"
    envelope = "recipients"
    parent_stream_type = Threads
    primary_keys = ("thread_id", "id")
    inject = ("thread_id",)
    page_size = None
    counter = "recipient_count"
    signal = ("recipient_count", "recipients_count")
    selected_by_default = False


class ThreadMessages(DiscussionStream):
    """Messages of a thread. Reading them marks the thread as read."""

    name = "thread_messages"
    path = "/threads/{thread_id}/messages"
    envelope = "messages"
    parent_stream_type = Threads
    inject = ("thread_id",)
    replication_key = "sent_at"
    newest_first = "sent_at"
    counter = "messages_count"
    signal = ("messages_count", "latest_message_id", "updated_at")
    selected_by_default = False

    @property
    def withheld(self) -> bool:
        """Whether it is selected, but may not be read: that takes a setting of its own."""
        return super().selected and not self.config["mark_threads_as_read"]

    @property
    @override
    def selected(self) -> bool:
        """Whether the catalog selects it and the settings allow it."""
        return bool(self.config["mark_threads_as_read"]) and super().selected

    @selected.setter
    def selected(self, value: bool | None) -> None:
        Stream.selected.fset(self, value)  # type: ignore[attr-defined]


STREAMS: tuple[type[UluleStream], ...] = (
    Threads,
    ThreadDetails,
    ThreadRecipients,
    ThreadMessages,
)
