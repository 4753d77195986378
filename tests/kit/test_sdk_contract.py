"""What the kit relies on in the SDK beyond its documented interface.

A failing test here means: a new SDK changed what the kit overrides or calls. Each message says what
breaks, so that the update can begin there.
"""

# ruff: noqa: SLF001 - private members are the subject

from __future__ import annotations

import inspect
import typing as t

import pytest
import singer_sdk.plugin_base
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk.configuration import _dict_config
from singer_sdk.contrib import msgspec as msgspec_writer
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers import _classproperty, _compat, _state, _util
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.logging import StructuredFormatter
from singer_sdk.pagination import BaseAPIPaginator
from singer_sdk.plugin_base import PluginBase, SingerCommand
from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.singerlib.encoding import simple
from singer_sdk.streams import _state as stream_state

from singer_kit import sdk

if t.TYPE_CHECKING:
    from collections.abc import Callable


MISSING = object()


def parameters(function: Callable[..., t.Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("function", "names", "breaks"),
    [
        (
            PluginBase._validate_config,
            ["self", "raise_errors"],
            "settings would be checked by the SDK, which prints wrong values (singer/command.py)",
        ),
        (
            PluginBase._setup_signal_handlers,
            ["self"],
            "SIGTERM would end with code 0 in the middle of a message (sdk.py)",
        ),
        (
            Stream._write_record_message,
            ["self", "record"],
            "records would take the SDK's long way through selection and types (singer/stream.py)",
        ),
        (
            Stream._sync_records,
            ["self", "context", "write_messages"],
            "pages would be written in a dry run, too (singer/emission.py)",
        ),
        (
            Stream._write_state_message,
            ["self"],
            "no STATE would follow records that go out page by page (sdk_streams.py)",
        ),
        (
            Stream._write_schema_message,
            ["self"],
            "SCHEMA would be made again for every parent record (singer/stream.py)",
        ),
        (
            Stream._increment_stream_state,
            ["self", "latest_record", "context"],
            "the SDK would move bookmarks, comparing texts (sdk_streams.py, reading/rows.py)",
        ),
        (
            PluginBase.append_builtin_config,
            ["config_jsonschema"],
            "the built-in settings would be unknown (singer/command.py)",
        ),
        (
            SingerCommand.__init__,
            ["self", "args", "logger", "kwargs"],
            "the command cannot be made anew with our way of telling failures (singer/command.py)",
        ),
        (PluginBase.invoke, ["about", "about_format", "kwargs"], "--about (singer/tap.py)"),
        (
            Tap.invoke,
            ["about", "about_format", "config", "state", "catalog"],
            "our invoke() would miss options of the command line (singer/tap.py)",
        ),
        (
            _dict_config.parse_environment_config,
            ["config_schema", "prefix", "dotenv_path"],
            "settings from environment variables (singer/command.py)",
        ),
        (
            _state.StateWriter.__init__,
            ["self", "message_writer"],
            "the throttled writer cannot be made (state/)",
        ),
        (
            _state.StateWriter.write_state,
            ["self", "state"],
            "STATE would go around the throttle (state/)",
        ),
        (
            stream_state.StreamStateManager.get_context_state,
            ["self", "context"],
            "progress would be kept in the wrong place (state/)",
        ),
        (
            Stream.get_replication_key_signpost,
            ["self", "context"],
            "the SDK's signpost would compare text (singer/stream.py)",
        ),
        (
            Stream.generate_child_contexts,
            ["self", "record", "context"],
            "children could not be looked ahead (reading/)",
        ),
        (
            Stream._process_record,
            ["self", "record", "child_context", "partition_context"],
            "children of filtered parents would be read (sdk.py)",
        ),
        (Stream._sync_children, ["self", "child_context"], "children are not read (sdk.py)"),
        (Stream.log_sync_costs, ["self"], "entries would not be pruned (singer/stream.py)"),
        (
            RESTStream.build_prepared_request,
            ["self", "args", "kwargs"],
            "requests cannot be built (reading/)",
        ),
        (
            BaseAPIPaginator.advance,
            ["self", "response"],
            "a page that links to itself would be a traceback (paging/paginators.py)",
        ),
        (
            MsgSpecWriter.format_message,
            ["self", "message"],
            "messages cannot be written (singer/output.py)",
        ),
        (
            SchemaDirectory.get_schema,
            ["self", "key", "key_properties"],
            "schemas cannot be read (singer/stream.py)",
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", None),
)
def test_signatures(function: Callable[..., t.Any], names: list[str], breaks: str) -> None:
    assert parameters(function) == names, breaks


@pytest.mark.parametrize(
    ("owner", "name", "breaks"),
    [
        (
            singer_sdk.plugin_base,
            "JSONSchemaValidator",
            "settings and defaults (singer/config_check.py)",
        ),
        (singer_sdk.plugin_base, "_ConfigInput", "type of invoke()'s config (singer/tap.py)"),
        (_util, "utc_now", "when a page was read (paging/page_walk.py)"),
        (msgspec_writer, "serialize_jsonl", "records cannot be written (singer/output.py)"),
        (msgspec_writer, "encoder", "pages cannot be written (singer/output.py)"),
        (Stream, "STATE_MSG_FREQUENCY", "STATE behind pages (sdk_streams.py)"),
        (_classproperty, "classproperty", "settings from the environment (sdk.py)"),
        (_compat, "datetime_fromisoformat", "timestamps ending in Z on Python 3.10 (state/)"),
        (simple, "StateMessage", "STATE (state/)"),
        (simple, "RecordMessage", "records are counted (singer/output.py)"),
        (Tap, "state_writer", "STATE would go around the throttle (singer/tap.py)"),
        (Tap, "message_writer_class", "records would not be counted (singer/tap.py)"),
        (PluginBase, "_env_var_config", "numbers in environment variables (singer/command.py)"),
        (PluginBase, "_env_var_prefix", "names of environment variables (singer/command.py)"),
        (PluginBase, "initialized_at", "bookmarks have no start of run (singer/tap.py)"),
        (Stream, "state_manager", "bookmarks would be compared as text (singer/stream.py)"),
        (Stream, "has_selected_descendents", "children would not be looked ahead (reading/)"),
        (Stream, "stream_maps", "filtered parents would be looked ahead (reading/)"),
        (Stream, "ABORT_AT_RECORD_COUNT", "--test would fetch ahead (reading/)"),
        (TypeConformanceLevel, "NONE", "the SDK would walk every record (singer/stream.py)"),
    ],
)
def test_names(owner: object, name: str, breaks: str) -> None:
    assert inspect.getattr_static(owner, name, MISSING) is not MISSING, breaks


def test_a_childs_context_is_handed_on_as_it_is() -> None:
    """The parent's record travels beside a context, not in it (records.py)."""
    source = inspect.getsource(Stream.sync) + inspect.getsource(Stream._sync_records)
    assert "self.preprocess_context(context)" in source
    assert "copy.copy(current_context)" in source
    assert "self.get_records(current_context)" in source
    assert "copy.copy(context)" in inspect.getsource(Stream._process_record)


@pytest.mark.parametrize("name", ["_stream_version", "_input_schema", "_tap"])
def test_streams_have_the_attributes_that_the_kit_sets(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(Stream), f"{name} (sdk_streams.py)"


def test_a_state_is_written_when_records_were_written_since() -> None:
    assert "is_flushed" in inspect.getsource(Stream), "STATE would be lost (singer/stream.py)"
    assert "is_flushed" in inspect.getsource(stream_state.StreamStateManager)


def test_a_paginator_keeps_its_place_where_the_kit_sets_it() -> None:
    assert "self._value" in inspect.getsource(BaseAPIPaginator), "(sdk_streams.py)"


def test_plugins_keep_their_configuration_where_the_kit_sets_it() -> None:
    assert "self._config" in inspect.getsource(PluginBase), "(sdk.py)"


@pytest.mark.parametrize("name", sorted(set(sdk.__all__)))
def test_every_private_name_is_there(name: str) -> None:
    assert getattr(sdk, name) is not None


def test_the_sdk_writes_its_first_state_through_the_private_writer() -> None:
    """The kit puts its own writer there; if the SDK stops using it, that can go (singer/tap.py)."""
    assert "_state_writer" in inspect.getsource(Tap.sync_all)


def test_streams_write_state_through_the_public_writer() -> None:
    source = inspect.getsource(Stream._write_state_message)
    assert "state_writer.write_state" in source, "STATE would go around the throttle (state/)"


def test_progress_markers_are_promoted_at_the_end_of_a_stream_only() -> None:
    """The kit's bookmarks are progress markers until the SDK promotes them (state/)."""
    state: dict[str, t.Any] = {
        _state.PROGRESS_MARKERS: {"replication_key": "at", "replication_key_value": "2026-01-01"}
    }
    _state.finalize_state_progress_markers(state)
    assert state == {"replication_key": "at", "replication_key_value": "2026-01-01"}
    unfinished: dict[str, t.Any] = {_state.PROGRESS_MARKERS: {"replication_key": "at"}, "x": 1}
    _state.reset_state_progress_markers(unfinished)
    assert unfinished == {"x": 1}


def test_an_exception_ends_a_sync_but_not_a_base_exception_quietly() -> None:
    """``Abandoned`` is a BaseException so that the SDK logs nothing per stream (errors.py)."""
    source = inspect.getsource(Stream.sync)
    assert "except Exception" in source
    assert "except BaseException" not in source


def test_the_structured_formatter_takes_exceptions_apart_itself() -> None:
    """That is why the filter moves tracebacks into the message (redaction.py)."""
    assert "exc_info" in parameters(StructuredFormatter._format_exception)
