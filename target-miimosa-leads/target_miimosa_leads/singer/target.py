"""The target: reads Singer messages, and hands records to a run or a dry run."""

from __future__ import annotations

import copy
import sys
import typing as t

from singer_sdk import Target
from singer_sdk.exceptions import SingerSDKError
from singer_sdk.helpers.capabilities import PluginCapabilities

from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads._kit.runtime.termination import Termination
from target_miimosa_leads._kit.sdk import TargetHooks
from target_miimosa_leads._kit.singer.command import KitPlugin
from target_miimosa_leads._kit.singer.stream_maps import MappedStream, StreamMaps
from target_miimosa_leads.dry_run import DryRun
from target_miimosa_leads.errors import InputError, UnreadableError
from target_miimosa_leads.leads.damage import find_damaged
from target_miimosa_leads.leads.offer import Candidate, Origin
from target_miimosa_leads.run import Run
from target_miimosa_leads.settings import CONFIG_SCHEMA, Settings
from target_miimosa_leads.singer import kept_lines
from target_miimosa_leads.singer.lines import require
from target_miimosa_leads.singer.progress import show_progress
from target_miimosa_leads.singer.reader import LeadReader
from target_miimosa_leads.singer.sink import LeadSink

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from target_miimosa_leads._kit.sdk import ConfigInput
    from target_miimosa_leads.leads.offer import LeadRun


class TargetMiimosaLeads(KitPlugin, TargetHooks):
    """Singer target that sends leads to MiiMOSA, each at most once, and loses none silently."""

    name = "target-miimosa-leads"
    config_jsonschema = CONFIG_SCHEMA
    default_sink_class = LeadSink
    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, **options: t.Any) -> None:  # noqa: ANN401
        """Check the configuration; open nothing before the first message.

        Raises:
            ConfigError: If a setting is missing or wrong.
        """
        self.termination = Termination()
        self._run: LeadRun | None = None
        self._schemas: dict[str, dict[str, t.Any]] = {}
        self._reader = LeadReader(
            self.termination,
            is_stopping=self._is_stopping,
            abandon=self._abandon_run,
            reject=self._reject_line,
        )
        super().__init__(**{"message_reader": self._reader, **options})
        self.settings = Settings.from_config(self.config)
        # Threads that wait for the network are short of time, not the one that parses: with the
        # default of 5 ms each answer would wait for it.
        sys.setswitchinterval(0.0005)

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, t.Any]) -> None:
        """Add the settings of stream maps and flattening.

        Not those of the SDK's targets: this one loads no tables, in no batches, with no metadata.
        """
        # Not the method of Target, which adds them for any capabilities.
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def install_signal_handlers(self) -> None:
        """Finish what is in flight after a signal, and exit with 143 instead of the SDK's 0."""
        self.termination.install()

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: ConfigInput | None = None,
        file_input: t.IO[str] | None = None,
    ) -> None:
        """Run the command line: the SDK's ``invoke``, and the summary in its file."""
        # The SDK's own lines, in the middle of which the target is made.
        super(Target, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        file = cls.summary_file(config)
        with file.recording():
            target = cls(
                config=config.config if config else {},
                parse_env_config=bool(config and config.parse_env),
            )
            file.describe = target.summarize
            with target.show_progress(file_input):
                target.listen(file_input)

    def show_progress(self, file: t.IO[str] | None) -> AbstractContextManager[object]:
        """Return what shows on a terminal how far the run is, while its body runs."""
        return show_progress(file, self._reader, self.summarize, self.logger)

    def summarize(self) -> dict[str, t.Any]:
        """Return what the run did so far; nothing before it has begun."""
        return self._run.summarize() if self._run else {}

    @property
    def run(self) -> LeadRun:
        """The run, or dry run; its journal is opened with the first message."""
        return self._run or self._begin(with_state=False)

    def _begin(self, *, with_state: bool) -> LeadRun:
        if self.settings.dry_run:
            self._run = DryRun(self.settings, self.logger)
        else:
            self._run = Run(
                self.settings,
                termination=self.termination,
                logger=self.logger,
                begins_with_state=with_state,
            )
        return self._run

    @override
    def process_schema(self, message: dict[str, t.Any]) -> None:
        """Register a stream; open the journal before anything can be sent.

        Raises:
            InputError: If the schema is not usable: no record of the stream would be.
        """
        _ = self.run
        require(message, {"stream", "schema"})
        stream = message["stream"]
        if stream == kept_lines.STREAM:
            return
        if not isinstance(stream, str) or not isinstance(message["schema"], dict):
            raise UnreadableError("is a SCHEMA without a usable stream or schema")
        # The SDK and the stream maps change schemas in place; the dead letter needs the original.
        self._schemas[stream] = copy.deepcopy(message)
        self._check_maps(stream, message["schema"], message.get("key_properties"))
        try:
            super().process_schema(message)
        except (SingerSDKError, UnreadableError) as error:
            if isinstance(error, KitError) and not isinstance(error, UnreadableError):
                raise
            raise InputError(f"The schema of stream '{stream}' is not usable: {error}") from None

    def _check_maps(self, stream: str, schema: dict[str, t.Any], key: object) -> None:
        """Check that a stream has what its maps use, before any lead of it is sent.

        Raises:
            ConfigError: If it has not.
        """
        fields = schema.get("properties")
        names = [each for each in key if isinstance(each, str)] if isinstance(key, list) else []
        if isinstance(fields, dict):
            StreamMaps(self.config).check_stream(
                MappedStream(stream, schema, names, fields), self.logger
            )

    @override
    def process_record(self, message: dict[str, t.Any]) -> None:
        """Pass a record through the stream maps to its sinks.

        The SDK's own way would also turn texts into dates and back, and print values in errors.
        """
        require(message, {"stream", "record"})
        stream, record = message["stream"], message["record"]
        if not isinstance(stream, str) or not isinstance(record, dict):
            raise UnreadableError("is a RECORD without a usable stream or record")
        if stream == kept_lines.STREAM:
            self._process_kept_line(record)
            return
        if stream not in self._schemas:
            raise UnreadableError("is a RECORD of a stream whose SCHEMA has not come")
        schema = self._schemas[stream]
        origin = Origin(stream, schema["schema"], list(schema.get("key_properties") or ()), record)
        problems = [
            f"{name}, on line {self._reader.line} of the input, holds what JSON does not allow"
            for name in find_damaged(record)
        ]
        for stream_map in self.mapper.stream_maps[stream]:
            try:
                mapped = stream_map.transform(copy.deepcopy(record))
            except Exception as error:  # noqa: BLE001 - an expression may raise anything
                self._reject_unmapped(stream_map.stream_alias, origin, type(error).__name__)
                continue
            if mapped is None:
                continue
            sink = self.get_sink(stream_map.stream_alias, record=mapped)
            sink.tally_record_read()
            sink.process_record(mapped, {"origin": origin, "problems": problems})
            sink.record_counter_metric.increment()
            sink.tally_record_written()

    def _process_kept_line(self, record: dict[str, t.Any]) -> None:
        try:
            self.process_record(kept_lines.read_mended(record))
        except UnreadableError as error:
            problem = f"line {self._reader.line} of the input {error}"
            self._reject_line(str(record.get("line")), problem, kept_lines.read_notes(record))

    def _reject_line(self, text: str, problem: str, notes: dict[str, t.Any] | None = None) -> None:
        self.run.offer(kept_lines.build_candidate(text, problem, notes or {}))

    def _reject_unmapped(self, stream: str, origin: Origin, problem: str) -> None:
        self.run.offer(
            Candidate(
                stream=stream,
                scope=None,
                key={},
                body={},
                errors=[f"its stream map failed ({problem})"],
                origin=origin,
            )
        )

    @override
    def process_state(self, message: dict[str, t.Any]) -> None:
        """Emit a STATE once every record before it has a durable outcome."""
        require(message, {"value"})
        value = message["value"]
        if self._run is None:
            self._begin(with_state=bool(value))
        self.run.add_state(value)

    @override
    def process_activate_version(self, message: dict[str, t.Any]) -> None:
        """Ignore it: a lead that was sent cannot be taken back."""

    @override
    def process_batch(self, message: dict[str, t.Any]) -> None:
        """Refuse a BATCH message.

        Raises:
            InputError: Always.
        """
        raise InputError("BATCH messages are not supported; switch off batch_config in the tap.")

    @override
    def process_endofpipe(self) -> None:
        """End the run, and report what is left to do.

        Raises:
            Terminated: After SIGTERM.
            KitError: If there is something for a person to do.
        """
        super().process_endofpipe()
        self.run.finish()

    def _is_stopping(self) -> bool:
        return self._run is not None and self._run.stopping

    def _abandon_run(self) -> None:
        """Finish the leads that came before the input became unusable."""
        if self._run is not None:
            self._run.finish(cleanly=False)
