"""Checks a configuration against its JSON schema; messages name settings and never print values."""

from __future__ import annotations

import difflib
import re
import typing as t

from singer_sdk.plugin_base import JSONSchemaValidator

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import ValidationError

_JSON_TYPES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "text",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}
# The one variable of a plugin that the SDK reads besides its settings.
_LOG_LEVEL = "LOGLEVEL"
_WANTED = {
    "object": "an object",
    "array": "an array",
    "string": "text",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
}


def check(config: dict[str, t.Any], schema: Mapping[str, t.Any]) -> list[str]:
    """Return one message per wrong or missing setting; fills in defaults in place.

    Args:
        config: The configuration as given.
        schema: JSON schema of the settings.
    """
    validator = JSONSchemaValidator(schema)
    return [_message(error) for error in validator.iter_errors(config)]


def misspelled(config: Mapping[str, t.Any], schema: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield a hint for each unknown setting that looks like a known one."""
    for name, close in _unknown(config, schema):
        if close:
            yield f"Setting {name!r} is not known and is ignored; did you mean '{close}'?"


def unknown(config: Iterable[str], schema: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield a message for each setting that is not known.

    Args:
        config: The names as given.
        schema: JSON schema of all settings, those of the SDK included.
    """
    for name, close in _unknown(config, schema):
        yield f"Setting {name!r} is not known" + (f"; did you mean '{close}'?" if close else ".")


def unknown_variables(
    environment: Iterable[str], prefix: str, schema: Mapping[str, t.Any]
) -> Iterator[str]:
    """Yield a message for each environment variable that looks like a setting but is not one.

    Args:
        environment: The names of all environment variables.
        prefix: That of the plugin's settings, such as ``TAP_X_``.
        schema: JSON schema of all settings, those of the SDK included.
    """
    names = (name[len(prefix) :] for name in environment if name.startswith(prefix))
    # With one more underscore come what Meltano tells of a plugin, its "extras".
    given = [n.lower() for n in names if n and not n.startswith("_") and n != _LOG_LEVEL]
    for name, close in _unknown(given, schema):
        variable = prefix + name.upper()
        hint = f"; did you mean '{prefix}{close.upper()}'?" if close else "."
        yield f"Environment variable '{variable}' is not a setting and is ignored{hint}"


def _unknown(
    config: Iterable[str], schema: Mapping[str, t.Any]
) -> Iterator[tuple[str, str | None]]:
    """Yield each name that is not a setting, and the setting that it resembles."""
    # Case and separators are what goes wrong first.
    known = {_letters(name): name for name in schema.get("properties", {})}
    for name in config:
        if name not in known.values():
            close = difflib.get_close_matches(_letters(name), list(known), n=1)
            yield name, known[close[0]] if close else None


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def unprintable(config: Mapping[str, t.Any], schema: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield a message for each secret, and for the user agent, that holds a line break or the like.

    A secret that is read from a file often ends in one. HTTP would refuse it, and print it.
    """
    for name, definition in schema.get("properties", {}).items():
        value = config.get(name)
        travels = definition.get("secret") or name == "user_agent"
        if travels and isinstance(value, str) and not value.isprintable():
            yield (
                f"Setting '{name}' must be plain text without line breaks or other control "
                "characters."
            )


def _message(error: ValidationError) -> str:
    name = _path(error)
    rule: t.Any = error.validator_value
    instance: t.Any = error.instance
    if error.validator == "required":
        missing = [key for key in rule if key not in instance]
        prefix = f"{name}." if name else ""
        names = ", ".join(f"'{prefix}{key}'" for key in missing)
        return f"Setting {names} is required and missing."
    if error.validator == "type":
        wanted = rule
        wanted = [wanted] if isinstance(wanted, str) else wanted
        text = " or ".join(_WANTED[kind] for kind in wanted if kind != "null")
        return f"Setting '{name}' must be {text}, not {_JSON_TYPES[type(instance)]}."
    if error.validator == "enum":
        allowed = ", ".join(str(value) for value in rule if value is not None)
        return f"Setting '{name}' must be one of: {allowed}."
    if str(error.validator) in {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}:
        words = {
            "minimum": "at least",
            "exclusiveMinimum": "more than",
            "maximum": "at most",
            "exclusiveMaximum": "less than",
        }[str(error.validator)]
        return f"Setting '{name}' must be {words} {rule}."
    return f"Setting '{name}' is not valid ({error.validator}: {rule})."


def _path(error: ValidationError) -> str:
    path = ""
    for part in error.absolute_path:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
