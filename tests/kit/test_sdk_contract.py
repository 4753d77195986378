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
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers import _compat, _state, _util
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.logging import StructuredFormatter
from singer_sdk.pagination import BaseAPIPaginator
from singer_sdk.plugin_base import PluginBase, SingerCommand
from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.singerlib.encoding import simple
from singer_sdk.streams import _state as stream_state
from singer_sdk.streams.rest import PageContext

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
            "settings would be checked by the SDK, which prints wrong values (plugin.py)",
        ),
        (
            PluginBase._setup_signal_handlers,
            ["self"],
            "SIGTERM would end with code 0 in the middle of a message (tap.py, termination.py)",
        ),
        (
            Stream._write_record_message,
            ["self", "record"],
            "records would take the SDK's long way through selection and types (stream.py)",
        ),
        (
            Stream._write_schema_message,
            ["self"],
            "SCHEMA would be made again for every parent record (stream.py)",
        ),
        (
            Stream._increment_stream_state,
            ["self", "latest_record", "context"],
            "the SDK would move bookmarks, comparing texts (stream.py, reading.py)",
        ),
        (
            PluginBase.append_builtin_config,
            ["config_jsonschema"],
            "the built-in settings would be unknown (plugin.py)",
        ),
        (
            SingerCommand.__init__,
            ["self", "args", "logger", "kwargs"],
            "the command cannot be made anew with our way of telling failures (plugin.py)",
        ),
        (PluginBase.invoke, ["about", "about_format", "kwargs"], "--about (tap.py)"),
        (
            Tap.invoke,
            ["about", "about_format", "config", "state", "catalog"],
            "our invoke() would miss options of the command line (tap.py)",
        ),
        (
            _dict_config.parse_environment_config,
            ["config_schema", "prefix", "dotenv_path"],
            "settings from environment variables (plugin.py)",
        ),
        (_util.load_json, ["json_str", "kwargs"], "state and catalog files (tap.py)"),
        (
            _state.StateWriter.__init__,
            ["self", "message_writer"],
            "the throttled writer cannot be made (state.py)",
        ),
        (
            _state.StateWriter.write_state,
            ["self", "state"],
            "STATE would go around the throttle (state.py)",
        ),
        (
            stream_state.StreamStateManager.increment_state,
            ["self", "latest_record", "context", "replication_key"],
            "bookmarks would be compared as text and pass the start of the run (state.py)",
        ),
        (
            stream_state.StreamStateManager.get_context_state,
            ["self", "context"],
            "progress would be kept in the wrong place (state.py)",
        ),
        (
            Stream.get_replication_key_signpost,
            ["self", "context"],
            "the SDK's signpost would compare text (stream.py)",
        ),
        (
            Stream.preprocess_context,
            ["self", "context"],
            "parents' records would be logged and stored in the state (stream.py)",
        ),
        (
            Stream.generate_child_contexts,
            ["self", "record", "context"],
            "children could not be looked ahead (reading.py)",
        ),
        (Stream.log_sync_costs, ["self"], "entries would not be pruned (stream.py)"),
        (
            RESTStream.build_prepared_request,
            ["self", "args", "kwargs"],
            "requests cannot be built (reading.py)",
        ),
        (RESTStream.get_http_request, ["self", "page"], "requests cannot be built (reading.py)"),
        (
            BaseAPIPaginator.advance,
            ["self", "response"],
            "a page that links to itself would be a traceback (paginators.py)",
        ),
        (
            MsgSpecWriter.format_message,
            ["self", "message"],
            "messages cannot be written (writer.py)",
        ),
        (
            SchemaDirectory.get_schema,
            ["self", "key", "key_properties"],
            "schemas cannot be read (stream.py)",
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", None),
)
def test_signatures(function: Callable[..., t.Any], names: list[str], breaks: str) -> None:
    assert parameters(function) == names, breaks


@pytest.mark.parametrize(
    ("owner", "name", "breaks"),
    [
        (singer_sdk.plugin_base, "JSONSchemaValidator", "settings and defaults (config_check.py)"),
        (singer_sdk.plugin_base, "_ConfigInput", "type of invoke()'s config (tap.py)"),
        (_compat, "datetime_fromisoformat", "timestamps ending in Z on Python 3.10 (state.py)"),
        (simple, "StateMessage", "STATE (state.py)"),
        (simple, "SchemaMessage", "SCHEMA once per stream (writer.py)"),
        (simple, "RecordMessage", "records are counted (writer.py)"),
        (Tap, "state_writer", "STATE would go around the throttle (tap.py)"),
        (Tap, "message_writer_class", "records would not be counted (tap.py)"),
        (PluginBase, "_env_var_config", "numbers in environment variables (plugin.py)"),
        (PluginBase, "_env_var_prefix", "names of environment variables (plugin.py)"),
        (PluginBase, "initialized_at", "bookmarks have no start of run (tap.py)"),
        (Stream, "state_manager", "bookmarks would be compared as text (stream.py)"),
        (Stream, "has_selected_descendents", "children would not be looked ahead (reading.py)"),
        (Stream, "stream_maps", "filtered parents would be looked ahead (reading.py)"),
        (Stream, "ABORT_AT_RECORD_COUNT", "--test would fetch ahead (reading.py)"),
        (TypeConformanceLevel, "NONE", "the SDK would walk every record (stream.py)"),
    ],
)
def test_names(owner: object, name: str, breaks: str) -> None:
    assert inspect.getattr_static(owner, name, MISSING) is not MISSING, breaks


def test_page_context_carries_what_a_request_is_built_from() -> None:
    page = PageContext(stream_context={"id": 1}, next_page_token="x")
    assert (page.stream_context, page.next_page_token) == ({"id": 1}, "x")


def test_the_sdk_writes_its_first_state_through_the_private_writer() -> None:
    """The kit puts its own writer there; if the SDK stops using it, that line can go (tap.py)."""
    assert "_state_writer" in inspect.getsource(Tap.sync_all)


def test_streams_write_state_through_the_public_writer() -> None:
    source = inspect.getsource(Stream._write_state_message)
    assert "state_writer.write_state" in source, "STATE would go around the throttle (state.py)"


def test_progress_markers_are_promoted_at_the_end_of_a_stream_only() -> None:
    """The kit's bookmarks are progress markers until the SDK promotes them (state.py)."""
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
