"""What the target relies on in the SDK beyond its documented interface; see the kit's own test."""

# ruff: noqa: SLF001 - private members are the subject

from __future__ import annotations

import inspect

import pytest
from singer_sdk import Target
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib.encoding.base import GenericSingerReader

METHODS = [
    Target._process_schema_message,
    Target._process_record_message,
    Target._process_state_message,
    Target._process_activate_version_message,
    Target._process_batch_message,
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
def test_messages_are_passed_to_the_methods_that_the_hooks_override(method: object) -> None:
    assert callable(method)
    assert list(inspect.signature(method).parameters) == ["self", "message_dict"]
    assert f"self.{method.__name__}," in inspect.getsource(Target.process_lines)


def test_signal_handlers_are_installed_by_the_method_that_the_hooks_override() -> None:
    assert "self._setup_signal_handlers()" in inspect.getsource(PluginBase.__init__)


def test_a_reader_is_taken_from_the_arguments_and_given_the_callbacks() -> None:
    assert "message_reader" in inspect.signature(Target.__init__).parameters
    assert list(inspect.signature(GenericSingerReader.process_lines).parameters) == [
        "self",
        "file_input",
        "callbacks",
    ]
