"""The base of all streams: what the SDK asks for, and what a stream declares.

Fetching, economy and denial are in one place (:mod:`.reading`), so that a stream is data.
"""

from __future__ import annotations

import functools
import logging
import typing as t

from singer_sdk import metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from .errors import Abandoned, KitError
from .look_ahead import PARENT, split_context
from .reading import ListReading

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import requests
    from singer_sdk.helpers import types

    from .records import Record

M = t.TypeVar("M", bound=metrics.Meter)

_QUIET = logging.getLogger("singer_sdk.metrics.children")
_QUIET.setLevel(logging.WARNING)


class ApiStream(ListReading):
    """A stream of one endpoint.

    Class attributes say all that most streams need:

    - ``path``: with ``{placeholders}`` from the context;
    - ``envelope``: key of the list in the answer, None for a bare array (both are accepted);
    - ``single``: the answer is one record;
    - ``configured_by``: the setting that holds the ids of its contexts;
    - ``inject``: keys of the context that are added to each record;
    - ``signal``: fields of the parent record that move when this list changes;
    - ``counter``: field of the parent record that counts this list: 0 means no request;
    - ``embedded``: field of the parent record that holds this list: no request at all;
    - ``newest_first``: timestamp by which the list is sorted, newest first: a list whose signal
      moved is read down to what was seen before.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    _schema_written = False

    # What the SDK asks for

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never by the SDK: a list of which only the news came would be taken for the whole."""
        return False

    @property
    def url_base(self) -> str:
        """Base URL from the configuration."""
        return self._tap.api_url

    @property
    def requests_session(self) -> requests.Session:
        """The session shared by all streams of the run."""
        return self._tap.session.http

    @property
    def authenticator(self) -> t.Any:  # noqa: ANN401
        """The tap's authenticator."""
        return self._tap.authenticator

    @functools.cached_property
    def schema(self) -> dict[str, t.Any]:
        """The stream's JSON schema, read once from the package's ``schemas`` folder."""
        return self._tap.schemas.get_schema(self.name)

    def get_replication_key_signpost(self, context: types.Context | None = None) -> None:
        """Return nothing: the state manager holds the bookmark at the start of the run."""

    def log(
        self,
        message: str,
        *args: t.Any,  # noqa: ANN401
        level: int = logging.INFO,
        **kwargs: t.Any,  # noqa: ANN401
    ) -> None:
        """Log a message; what the SDK says at every sync of a child stream, only for debugging.

        With thousands of parents nobody would find anything else.
        """
        if self.parent_stream_type and level == logging.INFO:
            level = logging.DEBUG
        super().log(message, *args, level=level, **kwargs)

    def get_record_counter(self, **kwargs: t.Any) -> metrics.Counter:  # noqa: ANN401
        """Return the SDK's counter, silent for child streams: the run summary has the sums."""
        return self._quiet(super().get_record_counter(**kwargs))

    def get_sync_timer(self) -> metrics.Timer:
        """Return the SDK's timer, silent for child streams."""
        return self._quiet(super().get_sync_timer())

    def _quiet(self, meter: M) -> M:
        if self.parent_stream_type:
            meter.logger = _QUIET
        return meter

    def log_sync_costs(self) -> None:
        """Write the last STATE; the SDK calls this once per stream when the run is complete."""
        if self.signal and self.selected and self._all_parents_read():
            self._signals.prune()
        if self is list(self._tap.streams.values())[-1]:
            self._tap.state_writer.flush()

    def _all_parents_read(self) -> bool:
        """Tell whether every parent that there is came by: nothing was skipped above."""
        if self._resume.resumed or self._tap.round.is_done(self.name):
            return False
        above = self.parent_stream
        while above is not None:
            incremental = above.replication_method == REPLICATION_INCREMENTAL
            resumed = above._resume.resumed  # noqa: SLF001 - our own
            continued = resumed or self._tap.round.is_done(above.name)
            if incremental or continued or self._tap.summary.skipped[above.name]:
                return False
            above = above.parent_stream
        return True

    def get_child_context(self, record: Record, context: types.Context | None) -> types.Context:
        """Return what children need: their path parameters and the parent's record."""
        return {**(context or {}), **self.child_parameters(record), PARENT: record}

    def generate_child_contexts(
        self, record: Record, context: types.Context | None
    ) -> Iterable[types.Context | None]:
        """Return one context for all children, and none where there are no children."""
        return (self.get_child_context(record, context),) if self.child_streams else ()

    def preprocess_context(self, context: types.Context) -> types.Context:
        """Keep the parent's record out of what the SDK logs and stores."""
        public, self._parent = split_context(context)
        return public

    def get_records(self, context: types.Context | None) -> Iterable[Record]:
        """Yield the records of a context, or of all contexts that the configuration gives.

        Raises:
            Abandoned: If the run cannot go on.
        """
        try:
            if context is not None:
                yield from self.read_context(context, self._parent)
            elif self._tap.round.is_done(self.name):
                # Nothing is read: no progress is made, and nothing can be said to be missing.
                self._tap.reach.reached()
                self.logger.info("'%s' was read by the run that this one continues.", self.name)
            else:
                yield from self.read_all()
        except KitError as error:
            raise Abandoned(error) from error
        finally:
            if context is None:
                # Whoever syncs stream by stream, as the SDK's dry run does, finds it all written.
                self._tap.message_writer.flush()

    @functools.cached_property
    def _plain(self) -> bool:
        """Whether records go out as they are: all selected, not mapped, not flattened."""
        mapped = len(self.stream_maps) != 1 or not isinstance(
            self.stream_maps[0], SameRecordTransform
        )
        return not (mapped or self.stream_maps[0].flattening_enabled or False in self.mask.values())

    def _write_record_message(self, record: Record) -> None:
        """Write a record, without the SDK's walk through selection and types if it can change none.

        Types are the API's own (``TYPE_CONFORMANCE_LEVEL`` is NONE).

        Raises:
            Terminated: If a signal has arrived: a page may be long, and its reader slow.
        """
        self._tap.termination.check()
        if not self._plain:
            super()._write_record_message(record)
            return
        self._tap.message_writer.write_record(
            self.name, record, self._stream_version, self._extracted_at
        )
        self.state_manager.is_flushed = False

    def _write_schema_message(self) -> None:
        """Write the SCHEMA once; the SDK makes and writes it again for every parent record."""
        if not self._schema_written:
            super()._write_schema_message()
            self._schema_written = True

    def _increment_stream_state(
        self, latest_record: Record, *, context: types.Context | None = None
    ) -> None:
        """Do nothing: the bookmark moves by pages, see :meth:`.reading.ListReading.fresh`."""

    # What a stream may say of itself

    def child_parameters(self, record: Record) -> dict[str, t.Any]:  # noqa: ARG002
        """Return the path parameters of child streams."""
        return {}

    def updated_since(self) -> datetime | None:
        """Return the instant from which changes are asked for, or None for all.

        That is the bookmark less the overlap, or ``start_date`` where it is later.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return None
        return self._overlap.since(self._tap.start_date) if self._overlap else self._tap.start_date
