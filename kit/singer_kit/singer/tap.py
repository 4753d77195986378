"""The base of all taps: from the command line to the last STATE."""

from __future__ import annotations

import functools
import typing as t

from singer_sdk import Tap
from singer_sdk.authenticators import SimpleAuthenticator
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from ..errors import KitError
from ..http.budget import Window
from ..personal_data import add_marks, leaves_out
from ..reading.unknown_fields import full_schema
from ..runtime.denials import Denials
from ..runtime.termination import Termination
from ..sdk import TapHooks
from ..setting_checks import (
    check_header,
    check_unsupported,
    check_url,
    host_and_path,
    parse_start_date,
)
from ..state.check import read_tap_state
from ..state.writer import ThrottledStateWriter
from . import tap_command
from .command import KitPlugin
from .lifecycle import Lifecycle
from .output import CountingWriter
from .plan import forecast, print_plan
from .run_setup import make_run_context
from .stream_registration import register_streams

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import click
    import requests
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.schema.source import SchemaDirectory

    from ..errors import DeniedError
    from ..http.answer import Answer
    from ..runtime.context import RunContext
    from .stream import ApiStream


class ApiTap(KitPlugin, TapHooks):
    """A tap on one HTTP API.

    Class attributes:
        schemas: Where the JSON schemas of the streams are.
        stream_types: The streams, parents before their children.
        probe_path: A cheap path that any working credential may read, or None.
    """

    # Less what would break our promises: BATCH files are written at other moments than STATE speaks
    # of, and the SDK's own ACTIVATE_VERSION takes news for the whole list.
    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        each
        for each in Tap.capabilities
        if each not in {PluginCapabilities.BATCH, TapCapabilities.ACTIVATE_VERSION}
    ]
    message_writer_class = CountingWriter
    message_writer: CountingWriter
    schemas: SchemaDirectory
    stream_types: t.ClassVar[tuple[type[ApiStream], ...]]
    probe_path: str | None = None

    # Hooks

    @property
    def api_url(self) -> str:
        """Base URL without a slash at its end."""
        return str(self.config["api_url"]).rstrip("/")

    @property
    def address_setting(self) -> str:
        """Name of the setting that holds the address of the API."""
        return "api_url"

    @property
    def origins(self) -> list[str]:
        """URLs whose scheme, host and port may be contacted."""
        return [self.api_url]

    @property
    def rate_limits(self) -> list[dict[str, t.Any]]:
        """The request limits of the API."""
        return list(self.config.get("rate_limits") or [])

    @functools.cached_property
    def authenticator(self) -> t.Any:  # noqa: ANN401 - the SDK's are of many types
        """Signs requests; anonymous by default."""
        return SimpleAuthenticator()

    @property
    def detects_deletions(self) -> bool:
        """Whether deleted rows are looked for."""
        return bool(self.config.get("deleted_records") == "detect")

    def query_identity(self) -> tuple[object, ...]:
        """Return whatever changes what the API returns to this configuration; no secret.

        Its fingerprint is kept beside each bookmark: identity, language, version, filters.
        """
        return (host_and_path(self.api_url),)

    def check_settings(self) -> None:
        """Check what a JSON schema cannot: called before a sync, not for discovery.

        Raises:
            ConfigError: If settings do not fit together.
        """
        check_unsupported(self.config)
        _ = self.start_date
        Window.from_setting(self.rate_limits)
        check_url("api_url", self.api_url)
        check_header("user_agent", self.config["user_agent"])

    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; called by workers, or in the main thread without concurrency."""
        return self.run_context.session.fetch(request, stream=stream)

    def handle_denied(self, stream: str, context: str, error: DeniedError) -> None:
        """Go on without a stream or parent that may not be read, or fail.

        Args:
            stream: Name of the stream.
            context: Which parent or configured id, as text; may be empty.
            error: The denial.

        Raises:
            DeniedError: If ``on_denied`` is ``fail``, or the credentials do not work at all.
        """
        self.denials.skip(stream, context, error, self.check_credentials)

    def check_credentials(self, error: DeniedError) -> None:
        """Make sure that a denial is one of what was asked for, and not of the credentials.

        Raises:
            DeniedError: If the credentials do not work, or not any more.
        """
        if not self.credentials_work(error):
            self.denials.refuse(error)

    def credentials_work(self, error: DeniedError) -> bool:
        """Tell whether the credentials work although something was denied."""
        return self.denials.credentials_work(error, self.probe_request)

    def probe_request(self) -> requests.PreparedRequest | None:
        """Return a cheap request that any working credential may make, or None."""
        if self.probe_path is None:
            return None
        stream = t.cast("ApiStream", next(iter(self.streams.values())))
        return stream.request_to(self.api_url + self.probe_path, {})

    def after_sync(self) -> None:
        """Check what only the end can tell, all streams being read; the last STATE is still to go.

        Raises:
            KitError: If the run failed after all.
        """

    def test_connection(self, streams: list[ApiStream]) -> None:
        """Answer ``--test`` for the selected streams; a KitError if one cannot be read."""
        tap_command.read_one_record(self, streams)

    # What belongs to one run

    @functools.cached_property
    def run_context(self) -> RunContext:
        """What belongs to this run."""
        return make_run_context(self)

    @functools.cached_property
    def termination(self) -> Termination:
        """Whether the run should end."""
        return Termination()

    @functools.cached_property
    def denials(self) -> Denials:
        """What becomes of lists that may not be read."""
        return Denials(self.run_context, self.logger, fail=self.config["on_denied"] == "fail")

    @functools.cached_property
    def state_writer(self) -> ThrottledStateWriter:
        """Writes STATE now and then, and at the end."""
        records = self.run_context.summary.records
        return ThrottledStateWriter(self.message_writer, self.streams.values(), records.total)

    @functools.cached_property
    def start_date(self) -> datetime | None:
        """The setting ``start_date`` as an instant."""
        return parse_start_date(self.config.get("start_date"))

    def load_state(self, state: dict[str, t.Any]) -> None:
        """Take over the state of the last run; a ConfigError if it cannot be one of ours."""
        super().load_state(read_tap_state(state, self.stream_types))

    def discover_streams(self) -> list[ApiStream]:
        """Return one stream of each type.

        Raises:
            TypeError: If a marker could miss an edit for ever.
        """
        marked = any(stream_type.change_markers for stream_type in self.stream_types)
        if marked and "refresh_days" not in self.config_jsonschema["properties"]:
            raise TypeError(f"{self.name} has change markers: common_settings needs refresh_days.")
        found = [stream_type(self) for stream_type in self.stream_types]
        if leaves_out(self.config):
            found = [s for s in found if set(s.primary_keys) <= s.schema["properties"].keys()]
        return found

    @property
    def catalog_dict(self) -> dict[str, t.Any]:
        """The catalog, with the marks of personal data, which the SDK's form of it has not."""
        found = super().catalog_dict
        for entry in found["streams"]:
            add_marks(entry["schema"], full_schema(self.streams[entry["tap_stream_id"]]))
        return found

    # How a run begins and ends

    def install_signal_handlers(self) -> None:
        """Replace the SDK's handlers, which end with exit code 0 in the middle of a message."""
        self.termination.install()

    def run(self) -> None:
        """Sync all streams; whatever happens, the state that was reached goes out at last.

        Raises:
            KitError: What ended the run, unless it is a clean stop.
            Terminated: If a signal did.
        """
        self.check_settings()
        # The SDK writes its first STATE around the public property.
        self.use_state_writer(self.state_writer)
        lifecycle = Lifecycle(
            self.run_context, self.message_writer, self.state_writer, self.state, self.logger
        )
        lifecycle.run(self._sync)

    def _sync(self) -> None:
        self.sync_all()
        self.after_sync()
        self.run_context.reach.check(self.address_setting)

    def summarize(self) -> dict[str, t.Any]:
        """Return what the run did so far; nothing before it has begun."""
        if "run_context" not in vars(self):
            return {}
        run, written = self.run_context, self.state_writer.written
        return run.summary.as_dict(run.budget, states_written=written)

    def print_plan(self) -> None:
        """Print how many requests a run would make."""
        self.check_settings()
        streams = t.cast("list[ApiStream]", list(self.streams.values()))
        try:
            found = list(forecast(streams, self.check_credentials))
        except KitError:
            # A request that was given up for a signal's sake is an error like any other.
            self.termination.check()
            raise
        self.run_context.reach.check(self.address_setting)
        print_plan(found, Window.from_setting(self.rate_limits))

    # The command line

    @classmethod
    def stream_names(cls) -> Iterable[str]:
        """Return the names of all streams."""
        return [str(each.name) for each in t.cast("t.Any", cls.stream_types)]

    def setup_mapper(self) -> None:
        """Set up the mapper; a ConfigError if a stream map fits no stream."""
        super(Tap, self).setup_mapper()
        register_streams(self)

    @classmethod
    def invoke(
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        **options: t.Any,  # noqa: ANN401
    ) -> None:
        """Run the command line: the SDK's own ``invoke`` ends with its ``sync_all``."""
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        tap_command.run(cls, **options)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command with the options of :mod:`.tap_command`."""
        return tap_command.add_options(super().get_singer_command())
