"""Every private name of the Singer SDK that the kit imports, overrides or calls, in one place.

The classes here turn the SDK's private methods into documented hooks, so that no other module
depends on a name that the SDK may change without notice. ``tests/kit/test_sdk_contract.py`` checks
each of them against the installed SDK.
"""

from __future__ import annotations

import functools
import logging
import typing as t

from singer_sdk import RESTStream, Tap, Target, metrics
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.contrib.msgspec import MsgSpecWriter, serialize_jsonl
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers._compat import datetime_fromisoformat
from singer_sdk.helpers._state import (
    PROGRESS_MARKERS,
    SIGNPOST_MARKER,
    STARTING_MARKER,
    StateWriter,
)
from singer_sdk.helpers._util import utc_now
from singer_sdk.pagination import BaseAPIPaginator
from singer_sdk.plugin_base import PluginBase
from singer_sdk.plugin_base import _ConfigInput as ConfigInput
from singer_sdk.streams._state import StreamStateManager

from .paths import fill_path

if t.TYPE_CHECKING:
    import requests
    from singer_sdk.helpers import types

__all__ = [
    "PROGRESS_MARKERS", "SIGNPOST_MARKER", "STARTING_MARKER", "ConfigInput", "MsgSpecWriter",
    "PaginatorHooks", "PluginHooks", "StateWriter", "StreamHooks", "StreamStateManager", "TapHooks",
    "TargetHooks", "classproperty", "datetime_fromisoformat", "get_selected_schema",
    "parse_environment_config",    "serialize_jsonl", "utc_now",
]  # fmt: skip

M = t.TypeVar("M", bound=metrics.Meter)

_QUIET = logging.getLogger("singer_sdk.metrics.children")
_QUIET.setLevel(logging.WARNING)


class PluginHooks(PluginBase):
    """A plugin whose configuration is checked, and read from the environment, by public methods."""

    def checked_config(self, config: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
        """Return the configuration as the plugin uses it, and one message per wrong setting.

        Args:
            config: The settings as given.
        """
        raise NotImplementedError

    def refuse_config(self, errors: list[str]) -> None:
        """End the program because of wrong settings."""
        raise NotImplementedError

    @classmethod
    def environment_settings(cls) -> dict[str, t.Any]:
        """Return the settings that environment variables hold."""
        raise NotImplementedError

    @classmethod
    def environment_prefix(cls) -> str:
        """Return what the names of the environment variables begin with."""
        return str(cls._env_var_prefix)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self._config, errors = self.checked_config(self._config)
        if errors and raise_errors:
            self.refuse_config(errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, t.Any]:  # noqa: N805
        return cls.environment_settings()


class TapHooks(Tap):
    """A tap whose state writer and signal handlers are its own."""

    def install_signal_handlers(self) -> None:
        """Handle the signals that end a run; called before a sync."""
        raise NotImplementedError

    def use_state_writer(self, writer: StateWriter) -> None:
        """Let the SDK write the first STATE of a run through ``writer``, too."""
        self._state_writer = writer

    def _setup_signal_handlers(self) -> None:
        self.install_signal_handlers()


class TargetHooks(Target):
    """A target that handles each type of message, and signals, by public methods.

    The methods for messages do what the SDK does, unless a target overrides them.
    """

    def install_signal_handlers(self) -> None:
        """Handle the signals that end a run; called before the first message."""
        raise NotImplementedError

    def process_schema(self, message: dict[str, t.Any]) -> None:
        """Process a SCHEMA message."""
        super()._process_schema_message(message)

    def process_record(self, message: dict[str, t.Any]) -> None:
        """Process a RECORD message."""
        super()._process_record_message(message)

    def process_state(self, message: dict[str, t.Any]) -> None:
        """Process a STATE message."""
        super()._process_state_message(message)

    def process_activate_version(self, message: dict[str, t.Any]) -> None:
        """Process an ACTIVATE_VERSION message."""
        super()._process_activate_version_message(message)

    def process_batch(self, message: dict[str, t.Any]) -> None:
        """Process a BATCH message."""
        super()._process_batch_message(message)

    def _setup_signal_handlers(self) -> None:
        self.install_signal_handlers()

    def _process_schema_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_schema(message_dict)

    def _process_record_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_record(message_dict)

    def _process_state_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_state(message_dict)

    def _process_activate_version_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_activate_version(message_dict)

    def _process_batch_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_batch(message_dict)


class StreamHooks(RESTStream["str | None"]):
    """A stream that writes its messages, and moves its bookmark, by public methods."""

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
        return self._quiet(super().get_record_counter(**kwargs))

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
