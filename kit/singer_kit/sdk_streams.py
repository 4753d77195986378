"""The private names of the Singer SDK that streams and paginators override or call."""

from __future__ import annotations

import functools
import logging
import typing as t

from singer_sdk import RESTStream, metrics
from singer_sdk.pagination import BaseAPIPaginator

from .paths import fill_path

if t.TYPE_CHECKING:
    from collections.abc import Generator

    import requests
    from singer_sdk.helpers import types

M = t.TypeVar("M", bound=metrics.Meter)

_QUIET = logging.getLogger("singer_sdk.metrics.children")
_QUIET.setLevel(logging.WARNING)


class StreamHooks(RESTStream["str | None"]):
    """A stream that writes its messages, and moves its bookmark, by public methods.

    Attributes:
        writes_messages: Whether the SDK is writing what the stream yields: not in its dry run.
    """

    writes_messages: bool = False
    _counter: metrics.Counter | None = None
    _counted = 0

    @property
    def tap(self) -> t.Any:  # noqa: ANN401 - each tap declares its own class
        """The tap to which the stream belongs."""
        return self._tap

    @property
    def children(self) -> list[t.Any]:
        """Child streams that are read in this run."""
        return [c for c in self.child_streams if c.selected or c.has_selected_descendents]

    @property
    def child_readers(self) -> list[t.Any]:
        """Readers of the child streams that are read in this run."""
        return [child.reader for child in self.children]

    @functools.cached_property
    def parent_stream(self) -> t.Any | None:  # noqa: ANN401 - of the class of the parents
        """The stream of the parents; None at the top."""
        streams = self._tap.streams.values()
        return next((each for each in streams if type(each) is self.parent_stream_type), None)

    @property
    def parent_streams(self) -> list[t.Any]:
        """The stream of the parents, that of theirs, and so on."""
        above = self.parent_stream
        return [] if above is None else [above, *above.parent_streams]

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never by the SDK: a list of which only the news came would be taken for the whole."""
        return False

    def get_replication_key_signpost(self, context: types.Context | None = None) -> None:
        """Return nothing: the state manager holds the bookmark at the start of the run."""

    def request_to(self, url: str, parameters: t.Mapping[str, t.Any]) -> requests.PreparedRequest:
        """Build a signed GET request."""
        return self.build_prepared_request(
            method="GET", url=url, params=dict(parameters), headers=self.http_headers
        )

    def get_url(self, context: types.Context | None) -> str:
        """Return the address of a context's list; ContentError if an id cannot be part of it."""
        return self.url_base + fill_path(self.path or "", context or {})

    def is_emitted(self, record: types.Record) -> bool:
        """Tell whether a stream map lets the record through."""
        return bool(self.stream_maps[0].get_filter_result(record))

    @property
    def url_base(self) -> str:
        """Base URL from the configuration."""
        return str(self._tap.api_url)  # type: ignore[attr-defined]

    @property
    def requests_session(self) -> requests.Session:
        """The session shared by all streams of the run."""
        return self.tap.run_context.session.http  # type: ignore[no-any-return]

    @property
    def authenticator(self) -> t.Any:  # noqa: ANN401
        """The tap's authenticator."""
        return self._tap.authenticator  # type: ignore[attr-defined]

    @property
    def stream_version(self) -> int | None:
        """Version of the table that RECORD messages carry; None for none."""
        return self._stream_version

    @stream_version.setter
    def stream_version(self, version: int | None) -> None:
        self._stream_version = version

    def write_activate_version(self, version: int) -> None:
        """Write an ACTIVATE_VERSION message."""
        self._write_activate_version_message(version)

    def use_catalog_schema(self, schema: dict[str, t.Any]) -> None:
        """Take a schema as that of the catalog."""
        self._input_schema = schema

    def write_record(self, record: types.Record) -> None:
        """Write a RECORD message."""
        raise NotImplementedError

    def write_selected(self, record: types.Record) -> None:
        """Write a RECORD message as the SDK does: what is selected, stream maps applied."""
        super()._write_record_message(record)

    def log(
        self,
        message: str,
        *args: t.Any,  # noqa: ANN401
        level: int = logging.INFO,
        **kwargs: t.Any,  # noqa: ANN401
    ) -> None:
        """Log a message; what the SDK says of thousands of children, only for debugging."""
        if self.parent_stream_type and level == logging.INFO:
            level = logging.DEBUG
        super().log(message, *args, level=level, **kwargs)

    def get_record_counter(self, **kwargs: t.Any) -> metrics.Counter:  # noqa: ANN401
        """Return the SDK's counter, silent for child streams: the run summary has the sums."""
        self._counter = self._quiet(super().get_record_counter(**kwargs))
        return self._counter

    def count_written(self, records: int) -> None:
        """Count records that went out without the SDK; STATE follows as often as after others."""
        self.state_manager.is_flushed = False
        if self._counter is not None:
            self._counter.increment(records)
        before, self._counted = self._counted, self._counted + records
        if before // self.STATE_MSG_FREQUENCY < self._counted // self.STATE_MSG_FREQUENCY:
            self._write_state_message()

    def get_sync_timer(self) -> metrics.Timer:
        """Return the SDK's timer, silent for child streams."""
        return self._quiet(super().get_sync_timer())

    def _quiet(self, meter: M) -> M:
        if self.parent_stream_type:
            meter.logger = _QUIET
        return meter

    @functools.cached_property
    def _schema_message(self) -> None:
        super()._write_schema_message()

    def write_schema(self) -> None:
        """Write the SCHEMA once; the SDK makes and writes it again for every parent record."""
        _ = self._schema_message

    _write_schema_message = write_schema

    def _sync_records(
        self, context: types.Context | None = None, *, write_messages: bool = True
    ) -> Generator[t.Any, t.Any, t.Any]:
        self.writes_messages, self._counted = write_messages, 0
        yield from super()._sync_records(context, write_messages=write_messages)

    def _write_record_message(self, record: types.Record) -> None:
        self.write_record(record)

    def _process_record(  # type: ignore[override]
        self, record: types.Record, child_context: types.Context | None = None, **_: object
    ) -> None:
        """Sync the children of a record that is emitted; the SDK asks its maps of the raw one."""
        for context in self.generate_child_contexts(record, child_context):
            if self.is_emitted(record):
                self._sync_children(context)

    def _increment_stream_state(
        self, latest_record: types.Record, *, context: types.Context | None = None
    ) -> None:
        """Do nothing: the bookmark moves page by page, not record by record."""


class PaginatorHooks(BaseAPIPaginator["str | None"]):
    """A paginator that can begin in the middle of a list."""

    def start_at(self, url: str) -> None:
        """Start at a later page, or go on there though no page named it."""
        self._value, self._finished = url, False
