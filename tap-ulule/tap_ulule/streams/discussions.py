"""Discussions, which live on a host of their own."""

from __future__ import annotations

import typing as t

from singer_sdk.streams.core import Stream

from tap_ulule._kit.compat import override
from tap_ulule.client import UluleStream


class DiscussionStream(UluleStream):
    """A list of the discussions host."""

    private = True

    @property
    @override
    def url_base(self) -> str:
        """The configured host; never one that an answer names."""
        return self.tap.discussions_url


class Threads(DiscussionStream):
    """Threads of the signed-in user, the one with the latest change first."""

    name = "threads"
    path = "/threads"
    envelope = "threads"
    replication_key = "updated_at"
    newest_first = "updated_at"
    child_parameters: t.ClassVar[dict[str, str]] = {"thread_id": "id"}


class ThreadDetails(DiscussionStream):
    """One thread; the list already has it all."""

    name = "thread_details"
    path = "/threads/{thread_id}"
    parent_stream_type = Threads
    single = True
    change_markers = ("updated_at",)
    selected_by_default = False


class ThreadRecipients(DiscussionStream):
    """Who takes part in a thread; the thread already lists the users."""

    name = "thread_recipients"
    path = "/threads/{thread_id}/recipients"
    envelope = "recipients"
    parent_stream_type = Threads
    primary_keys = ("thread_id", "id")
    context_fields = ("thread_id",)
    page_size = None
    count_field = "recipient_count"
    change_markers = ("recipient_count", "recipients_count")
    selected_by_default = False


class ThreadMessages(DiscussionStream):
    """Messages of a thread. Reading them marks the thread as read."""

    name = "thread_messages"
    path = "/threads/{thread_id}/messages"
    envelope = "messages"
    parent_stream_type = Threads
    context_fields = ("thread_id",)
    replication_key = "sent_at"
    newest_first = "sent_at"
    count_field = "messages_count"
    change_markers = ("messages_count", "latest_message_id", "updated_at")
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
