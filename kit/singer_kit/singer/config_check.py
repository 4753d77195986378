"""Checks a configuration against its JSON schema; messages name settings and never print values."""

from __future__ import annotations

import decimal
import difflib
import math
import re
import typing as t
from contextlib import suppress

from singer_sdk.plugin_base import JSONSchemaValidator

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

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


def unknown(config: Iterable[str], schema: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield a message for each setting that is not known.

    Args:
        config: The names as given; one that begins with an underscore is a remark.
        schema: JSON schema of all settings, those of the SDK included.
    """
    given = (name for name in config if not name.startswith("_"))
    for name, close, _ in list_unknown(given, schema.get("properties", {})):
        hint = f"; did you mean '{close}'?" if close else "."
        yield f"Setting {name!r} is not known{hint}"


def find_similar(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence on an unknown name: which one may be meant, or a full stop."""
    close, _ = _find_closest(name, known)
    return f"; did you mean '{close}'?" if close else "."


def list_unknown(names: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, str, float]]:
    """Yield each name that is not known, the one that it resembles or an empty text, and how much.

    Args:
        names: The names as given.
        known: Those that there are.
    """
    for name in names:
        if name not in known:
            yield name, *_find_closest(name, known)


def _find_closest(name: str, known: Iterable[str]) -> tuple[str, float]:
    """Return the most similar name and how much alike they are, from 0 to 1."""
    # Case and separators are what goes wrong first.
    letters = {_letters(each): each for each in known}
    for close in difflib.get_close_matches(_letters(name), list(letters), n=1):
        return letters[close], difflib.SequenceMatcher(None, _letters(name), close).ratio()
    return "", 0.0


def list_types(definition: Mapping[str, t.Any]) -> list[str]:
    """Return the JSON types that a setting may have, null left out."""
    types = definition.get("type", [])
    return [each for each in ([types] if isinstance(types, str) else types) if each != "null"]


def with_plain_numbers(value: t.Any, definition: Mapping[str, t.Any]) -> t.Any:  # noqa: ANN401
    """Return a value with numbers as the kit reckons with them.

    Fractions of environment variables come as decimals, which know no arithmetic with floats, or
    from Meltano as text; and ``4.0`` is an integer to a JSON schema, but none to Python.

    Args:
        value: A setting's value, or a part of it.
        definition: Its JSON schema.
    """
    if isinstance(value, decimal.Decimal):
        value = float(value)
    types = list_types(definition)
    if isinstance(value, str) and types == ["number"]:
        with suppress(ValueError):
            number = float(value)
            return number if math.isfinite(number) else value
    if isinstance(value, float) and "integer" in types and "number" not in types:
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [with_plain_numbers(each, definition.get("items") or {}) for each in value]
    if isinstance(value, dict):
        members = definition.get("properties") or {}
        return {k: with_plain_numbers(each, members.get(k) or {}) for k, each in value.items()}
    return value


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def check_flattening(config: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield a message for each setting of flattening that the SDK could not use."""
    for name, least in (("flattening_max_depth", 0), ("flattening_max_key_length", 1)):
        value = config.get(name)
        if isinstance(value, int) and value < least:
            yield f"Setting '{name}' must be at least {least}."
    if config.get("flattening_enabled") is True and config.get("flattening_max_depth") is None:
        yield (
            "Setting 'flattening_max_depth' is required and missing (flattening_enabled is true)."
        )


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
    # Where there are several forms, the one in which the mistake lies deepest is meant.
    while error.context:
        deepest = max(error.context, key=lambda each: len(each.absolute_path))
        if len(deepest.absolute_path) <= len(error.absolute_path):
            break
        error = deepest
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
    if error.validator in {"anyOf", "oneOf"}:
        return f"Setting '{name}' must be {' or '.join(dict.fromkeys(map(_form, rule)))}."
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


def _form(definition: Mapping[str, t.Any]) -> str:
    """Return one of the forms that a setting may have."""
    if "const" in definition:
        return str(definition["const"])
    return " or ".join(_WANTED.get(each, each) for each in list_types(definition)) or "null"


def _path(error: ValidationError) -> str:
    path = ""
    for part in error.absolute_path:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
