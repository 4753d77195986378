"""Settings: every wrong one is told in one line, by its name, never with its value."""

from __future__ import annotations

import typing as t

import pytest

from singer_kit.errors import ConfigError
from singer_kit.singer.config_check import check, unknown
from tests.kit.library import Library
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.program import Program
    from tests.kit.scripted_server import ScriptedServer

VALUE = "v4lue-that-may-be-secret"
SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "required": ["api_key"],
    "properties": {
        "api_key": {"type": "string", "secret": True, "minLength": 3},
        "plan": {"type": ["string", "null"], "enum": ["standard", "unlimited", None]},
        "count": {"type": ["integer", "null"], "minimum": 1, "maximum": 64},
        "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "since": {"type": "string", "format": "date-time"},
        "slug": {"type": "string", "pattern": "^[a-z]+$"},
        "flag": {"type": "boolean", "default": True},
        "windows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["requests"],
                "properties": {"requests": {"type": "integer"}},
            },
        },
        "users": {"type": "array", "items": {"type": "string"}},
        "either": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
    },
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"api_key": None}, "Setting 'api_key' must be text, not null."),
        ({"api_key": 5}, "Setting 'api_key' must be text, not an integer."),
        ({"plan": VALUE}, "Setting 'plan' must be one of: standard, unlimited."),
        ({"count": VALUE}, "Setting 'count' must be an integer, not text."),
        ({"count": 0}, "Setting 'count' must be at least 1."),
        ({"count": 65}, "Setting 'count' must be at most 64."),
        ({"count": True}, "Setting 'count' must be an integer, not a boolean."),
        ({"ratio": 0}, "Setting 'ratio' must be more than 0."),
        ({"ratio": 1}, "Setting 'ratio' must be less than 1."),
        ({"ratio": []}, "Setting 'ratio' must be a number, not an array."),
        ({"slug": VALUE}, "Setting 'slug' is not valid (pattern: ^[a-z]+$)."),
        ({"flag": "yes"}, "Setting 'flag' must be true or false, not text."),
        ({"windows": {}}, "Setting 'windows' must be an array, not an object."),
        ({"windows": [{}]}, "Setting 'windows[0].requests' is required and missing."),
        (
            {"windows": [{"requests": 1}, {"requests": VALUE}]},
            "Setting 'windows[1].requests' must be an integer, not text.",
        ),
        ({"users": [VALUE, 4.5]}, "Setting 'users[1]' must be text, not a number."),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name(wrong: dict[str, t.Any], message: str) -> None:
    errors = check({"api_key": VALUE, **wrong}, SCHEMA)
    assert errors == [message]


@pytest.mark.parametrize("wrong", [{"api_key": "x"}, {"either": VALUE}])
def test_other_rules_name_the_setting_too(wrong: dict[str, t.Any]) -> None:
    (message,) = check({"api_key": VALUE, **wrong}, SCHEMA)
    assert message.startswith(f"Setting '{next(iter(wrong))}' ")
    assert VALUE not in message
    assert "\n" not in message


def test_a_missing_setting_is_named() -> None:
    assert check({}, SCHEMA) == ["Setting 'api_key' is required and missing."]


def test_every_wrong_setting_is_told_at_once() -> None:
    assert len(check({"count": VALUE, "ratio": VALUE}, SCHEMA)) == 3


def test_defaults_are_filled_in() -> None:
    config: dict[str, t.Any] = {"api_key": VALUE}
    assert check(config, SCHEMA) == []
    assert config["flag"] is True


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("api_kye", "; did you mean 'api_key'?"),
        ("windos", "; did you mean 'windows'?"),
        ("Plan", "; did you mean 'plan'?"),
        ("something_else", "."),
    ],
)
def test_an_unknown_setting_is_named(name: str, end: str) -> None:
    assert list(unknown({name: VALUE, "plan": VALUE}, SCHEMA)) == [
        f"Setting '{name}' is not known{end}"
    ]


def test_a_remark_is_no_setting() -> None:
    assert list(unknown({"_comment": VALUE}, SCHEMA)) == []


# The settings that all taps share


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"concurrency": 65},
        {"on_denied": VALUE},
        {"on_rate_limit": VALUE},
        {"request_timeout": 0},
        {"rate_limits": [{"requests": VALUE, "seconds": 1}]},
        {"rate_limits": [{"requests": 5}]},
        {"max_wait": VALUE},
        {"user_agent": 5},
    ],
)
def test_a_wrong_common_setting_is_told_before_anything_is_sent(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        TinyTap(config={"api_url": "http://127.0.0.1:1", **wrong})
    assert next(iter(wrong)) in str(caught.value)
    assert VALUE not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_url": "ftp://api.example.org"},
        {"api_url": "api.example.org"},
        {"api_url": "https://"},
        {"api_url": "http://127.0.0.1:99999/v1"},
        {"api_url": "http://[::1/v1"},
        {"rate_limits": [{"requests": 0, "seconds": 1}]},
        {"rate_limits": [{"requests": 1, "seconds": 0}]},
        {"start_date": "soon"},
        {"start_date": "2026-02-31"},
        {"max_wait": -1},
    ],
)
def test_what_a_schema_cannot_say_is_checked_before_a_sync(wrong: dict[str, t.Any]) -> None:
    config = {"api_url": "http://127.0.0.1:1", **wrong}
    with pytest.raises(ConfigError) as caught:
        TinyTap(config=config).run()
    assert f"'{next(iter(wrong))}'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["concurrency", "max_wait", "request_timeout", "on_denied"])
def test_null_means_the_default(name: str) -> None:
    tap = TinyTap(config={"api_url": "http://127.0.0.1:1", name: None})
    assert tap.config[name] is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_config", {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp"}}),
        ("emit_activate_version_messages", True),
    ],
)
def test_what_would_break_a_promise_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' is not supported"):
        TinyTap(config={"api_url": "http://127.0.0.1:1", name: value}).run()


def test_a_setting_may_be_a_fraction(server: ScriptedServer, program: Program) -> None:
    """The SDK reads one from a file as a decimal."""
    server.app = Library.of(authors=1, books=0, reviews=0)
    process = program.start(request_timeout=12.5, max_wait=0.5)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b'"RECORD"' in out
