"""The base of all taps: one session, one budget, one summary per run, and a clean end."""

from __future__ import annotations

import functools
import os
import sys
import time
import typing as t
from datetime import datetime, timezone
from http import HTTPStatus
from urllib.parse import urlsplit

import click
from singer_sdk import Tap
from singer_sdk.authenticators import SimpleAuthenticator
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from .budget import Budget, Window
from .collector import rare_collections
from .errors import Abandoned, BudgetError, ConfigError, DeniedError, KitError, Terminated
from .inputs import json_object, state_of
from .plan import print_plan
from .plugin import KitPlugin
from .progress import Progress
from .reach import Reach
from .resume import Round
from .session import ApiSession
from .shared_budget import SharedBudget
from .state import ThrottledStateWriter, instant, whole
from .summary import RunSummary
from .termination import Termination
from .workers import Workers
from .writer import CountingWriter

if t.TYPE_CHECKING:
    import requests
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput
    from singer_sdk.schema.source import SchemaDirectory

    from .session import Answer
    from .stream import ApiStream

# A look-ahead opens the lists of several children, and each may have been for nothing.
SCARCE = 10


class ApiTap(KitPlugin, Tap):
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

    # What belongs to one run

    @functools.cached_property
    def summary(self) -> RunSummary:
        """What the run did so far."""
        return RunSummary()

    @functools.cached_property
    def termination(self) -> Termination:
        """Whether the run should end."""
        return Termination()

    @functools.cached_property
    def budget(self) -> Budget:
        """The request budget of the run."""
        windows, max_wait = Window.of(self.rate_limits), self.config["max_wait"]
        if path := self.config.get("budget_path"):
            return SharedBudget(path, windows, max_wait=max_wait)
        return Budget(windows, max_wait=max_wait)

    @functools.cached_property
    def progress(self) -> Progress:
        """Tells how far a long list is."""
        return Progress(self.logger, self.budget)

    @functools.cached_property
    def workers(self) -> Workers:
        """The threads that fetch."""
        return Workers(self.config["concurrency"])

    @functools.cached_property
    def session(self) -> ApiSession:
        """The only way to the API."""
        return ApiSession(
            self.origins,
            budget=self.budget,
            timeout=self.config["request_timeout"],
            stop=self.termination.requested,
            summary=self.summary,
            concurrency=self.config["concurrency"],
            setting=self.address_setting,
        )

    @functools.cached_property
    def reach(self) -> Reach:
        """What answered and what was denied."""
        return Reach()

    @functools.cached_property
    def started_at(self) -> datetime:
        """When the run started; no bookmark passes it."""
        return datetime.fromtimestamp(self.initialized_at // 1000, tz=timezone.utc)

    @functools.cached_property
    def round(self) -> Round:
        """What a run that was stopped by its budget has done already."""
        return Round(self.state)

    @property
    def scarce(self) -> bool:
        """Whether the run will soon be stopped by its budget."""
        needed = SCARCE * self.workers.concurrency
        return self.config["on_rate_limit"] == "stop" and self.budget.scarce(needed)

    @property
    def state_writer(self) -> ThrottledStateWriter:
        """Writes STATE now and then, and at the end."""
        return self._throttled_writer

    @functools.cached_property
    def _throttled_writer(self) -> ThrottledStateWriter:
        return ThrottledStateWriter(self.message_writer, summary=self.summary)

    # What a tap may say of itself

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

    @property
    def refresh_days(self) -> int:
        """After how many days children are read again although their signal did not move."""
        return int(self.config.get("refresh_days") or 0)

    @functools.cached_property
    def start_date(self) -> datetime | None:
        """The setting ``start_date`` as an instant.

        Raises:
            ConfigError: If it is no ISO date.
        """
        value = self.config.get("start_date")
        try:
            return instant(value) if value else None
        except ValueError:
            raise ConfigError(
                "Setting 'start_date' must be an ISO date or date-time, such as 2026-01-31."
            ) from None

    @functools.cached_property
    def authenticator(self) -> t.Any:  # noqa: ANN401 - the SDK's are of many types
        """Signs requests; anonymous by default."""
        return SimpleAuthenticator()

    def discover_streams(self) -> list[ApiStream]:
        """Return one stream of each type."""
        return [stream_type(self) for stream_type in self.stream_types]

    def load_state(self, state: dict[str, t.Any]) -> None:
        """Take over the state of the last run; older versions left fractions in it."""
        super().load_state(whole(state))

    def check_settings(self) -> None:
        """Check what a JSON schema cannot: called before a sync, not for discovery.

        Raises:
            ConfigError: If settings do not fit together.
        """
        for name in ("batch_config", "emit_activate_version_messages"):
            if self.config.get(name):
                raise ConfigError(f"Setting '{name}' is not supported; leave it out.")
        _ = self.start_date
        Window.of(self.rate_limits)
        try:
            parts = urlsplit(self.api_url)
            valid = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise ConfigError("Setting 'api_url' must be an http or https URL.")

    # How requests are made

    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; called by workers, or in the main thread without concurrency."""
        return self.session.fetch(request, stream=stream)

    def wait_for(self, pending: t.Callable[[], Answer]) -> Answer:
        """Return a pending answer; a signal interrupts the waiting, the target need not wait."""
        self.message_writer.flush()
        with self.termination.waiting():
            answer = pending()
        # Here and not in a worker: what was read ahead must not decide what a denial means.
        self.summary.succeeded = True
        return answer

    def pause(self, seconds: float) -> None:
        """Wait before something is asked again; a signal interrupts the waiting."""
        self.message_writer.flush()
        with self.termination.waiting():
            time.sleep(seconds)

    def denied(self, stream: str, context: str, error: DeniedError) -> None:
        """Go on without a stream or parent that may not be read, or fail.

        Args:
            stream: Name of the stream.
            context: Which parent or configured id, as text; may be empty.
            error: The denial.

        Raises:
            DeniedError: If ``on_denied`` is ``fail``, or the credentials do not work at all.
        """
        if self.config["on_denied"] == "fail":
            raise error
        self.check_credentials(error)
        where = f"{stream} ({context})" if context else stream
        self.summary.denied.append(f"{where}: {error.status}")
        self.logger.warning("Skipped '%s': %s", where, error)

    def check_credentials(self, error: DeniedError) -> None:
        """Make sure that a denial is one of what was asked for, and not of the credentials.

        Raises:
            DeniedError: If the credentials do not work, or not any more.
        """
        before = self.summary.succeeded
        if self._credentials_work(error):
            return
        what = "stopped accepting" if before else "does not accept"
        raise DeniedError(
            f"{error} The API {what} the credentials: check the configuration.",
            status=error.status,
        ) from error

    def _credentials_work(self, error: DeniedError) -> bool:
        """Tell whether the credentials work, with one request where nothing else tells.

        Credentials may end at any time, so a 401 is only a missing permission if a request that was
        sent after it had come succeeds: any of the run that happened to be, or else the probe. That
        is one probe per 401 at most, and none for 403, which no API answers to credentials that it
        does not know.
        """
        if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return True
        succeeded = self.summary.succeeded
        if error.status == HTTPStatus.UNAUTHORIZED and self.probe_path:
            if self.session.accepted_since(error):
                return True
        elif succeeded:
            return True
        if self.probe_path is None:
            return False
        stream = next(iter(self.streams.values()))
        request = stream.build_prepared_request(  # type: ignore[attr-defined]
            method="GET", url=self.api_url + self.probe_path, params={}, headers={}
        )
        try:
            self.wait_for(lambda: self.session.fetch(request))
        except DeniedError as refusal:
            # The probe itself may need a permission; 401 is about the credentials.
            return succeeded and refusal.status != HTTPStatus.UNAUTHORIZED
        return True

    # How a run ends

    def after_sync(self) -> None:
        """Check what only the end can tell, all streams being read; the last STATE is still to go.

        Raises:
            KitError: If the run failed after all.
        """

    def run(self) -> None:
        """Sync all streams; whatever happens, the state that was reached goes out at last.

        Raises:
            KitError: What ended the run, unless it is a clean stop.
            Terminated: If a signal did.
        """
        self.check_settings()
        self.message_writer.summary = self.summary
        # The SDK writes its first STATE around the public property.
        self._state_writer = self.state_writer
        # Takes its marks out of the state before the SDK writes that for the first time.
        _ = self.round
        try:
            with rare_collections():
                self.sync_all()
            self.after_sync()
            self.reach.check(self.address_setting)
            self.summary.outcome = "complete"
        except Abandoned as end:
            if not isinstance(end.error, BudgetError) or self.config["on_rate_limit"] != "stop":
                raise end.error from None
            self.summary.outcome = "stopped by the request budget"
            self.round.leave()
            self.logger.warning("%s The next run goes on from here.", end.error)
        except Terminated:
            self.summary.outcome = "terminated"
            raise
        except BrokenPipeError:
            self._discard_output()
            raise KitError("The target went away: standard output is closed.") from None
        finally:
            # What was still to be fetched ahead is needed no more.
            self.workers.close()
            self._write_last()
            self.summary.log(self.logger, self.budget)

    def _write_last(self) -> None:
        """Write what is still held back, and the last STATE."""
        try:
            # A run that ends within its first list has offered no STATE yet.
            self.state_writer.write_state(self.state)
            self.state_writer.flush()
            self.message_writer.flush()
        except BrokenPipeError:
            # What ended the run is told in any case.
            self._discard_output()

    @staticmethod
    def _discard_output() -> None:
        """Let neither our last STATE nor the interpreter's last flush fail on a closed pipe."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: t.IO[str] | None = None,
        catalog: t.IO[str] | None = None,
        plan: bool = False,
    ) -> None:
        """Run the command line: the SDK's ``invoke`` with :meth:`run` in place of ``sync_all``."""
        # The SDK's own lines, less its sync_all, which is final.
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            config=config.config if config else {},
            state=state_of(state),
            catalog=json_object(catalog, "--catalog"),
            parse_env_config=bool(config and config.parse_env),
        )
        if plan:
            tap.check_settings()
            print_plan(tap, Window.of(tap.rate_limits))
        else:
            tap.run()

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command with the option ``--plan``."""
        command = super().get_singer_command()
        command.params.append(
            click.Option(
                ["--plan"],
                is_flag=True,
                help="Print how many requests a sync would make and how long the limits let it "
                "take; asks for the first page of each list only.",
            )
        )
        return command

    def _setup_signal_handlers(self) -> None:
        """Replace the SDK's handlers, which end with exit code 0 in the middle of a message."""
        self.termination.install()
