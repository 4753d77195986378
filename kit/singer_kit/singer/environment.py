"""Settings in environment variables: read with ``--config ENV``, and named where one is wrong."""

from __future__ import annotations

import math
import os
import re
import typing as t

from ..errors import ConfigError
from ..sdk import parse_environment_config
from .config_check import list_types, list_unknown

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

    Schema = Mapping[str, t.Any]

# The one variable of a plugin that the SDK reads besides its settings.
_LOG_LEVEL = "LOGLEVEL"
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}
# So much alike are names where one is the other, misspelled. Meltano's own variables of plugins
# whose names begin alike (TAP_X_SECOND_API_KEY) are less so.
_MISSPELLED = 0.85


def read_environment(schema: Schema, prefix: str, log: logging.Logger) -> dict[str, t.Any]:
    """Return the settings in environment variables and in ``.env``.

    The SDK leaves numbers as text, takes each word but a few for false, and prints what it cannot
    read. An empty variable of a setting that is no text is as good as none.

    Args:
        schema: JSON schema of the settings.
        prefix: What the names of their variables begin with, such as ``TAP_X_``.
        log: Where variables are told that are no settings.

    Raises:
        ConfigError: If a variable is not what its setting wants, or the name of one is misspelled.
    """
    # It reads ``.env`` in any case.
    parse_environment_config({"properties": {}}, prefix)
    for message in _find_unknown(schema, prefix):
        log.warning("%s", message)
    config: dict[str, t.Any] = {}
    for name, definition in schema["properties"].items():
        text = os.environ.get(name_variable(name, prefix))
        if text is None or (not text.strip() and "string" not in list_types(definition)):
            continue
        try:
            config[name] = _read(name, text.strip(), definition, prefix)
        except (ValueError, OverflowError):
            wanted = " or ".join(list_types(definition))
            hint = " in JSON" if {"array", "object"} & set(list_types(definition)) else ""
            raise ConfigError(f"Setting '{name}' must be of type {wanted}{hint}.") from None
    return config


def _read(name: str, text: str, definition: Schema, prefix: str) -> t.Any:  # noqa: ANN401
    """Return the value of one setting.

    Raises:
        ValueError: If it is not of the setting's type.
    """
    types = set(list_types(definition))
    if types == {"boolean"}:
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError
        return text.lower() in _TRUE
    if types == {"number"}:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError
        return number
    return parse_environment_config({"properties": {name: definition}}, prefix)[name]


def name_variable(setting: str, prefix: str) -> str:
    """Return the name of a setting's environment variable."""
    return prefix + setting.upper().replace("-", "_")


def _find_unknown(schema: Schema, prefix: str) -> Iterator[str]:
    """Yield a message for each environment variable that looks like a setting but is not one.

    Raises:
        ConfigError: If it must be a misspelled one.
    """
    names = (name[len(prefix) :] for name in os.environ if name.startswith(prefix))
    # With one more underscore come what Meltano tells of a plugin, its "extras".
    given = [n.lower() for n in names if n and not n.startswith("_") and n != _LOG_LEVEL]
    # It sets one for each member of an object, too.
    objects = tuple(
        f"{name}_" for name, each in schema["properties"].items() if "object" in list_types(each)
    )
    for name, close, likeness in list_unknown(given, schema["properties"]):
        if name.startswith(objects):
            continue
        variable, wanted = name_variable(name, prefix), name_variable(close, prefix)
        if likeness >= _MISSPELLED:
            raise ConfigError(
                f"Environment variable '{variable}' is not a setting; did you mean '{wanted}'?"
            )
        hint = f"; did you mean '{wanted}'?" if close else "."
        yield f"Environment variable '{variable}' is not a setting and is ignored{hint}"


def name_variables(message: str, schema: Schema, prefix: str, *, is_read: bool) -> str:
    """Return a message on settings, with the environment variables that hold their values.

    Args:
        message: The message; it names settings in single quotes.
        schema: JSON schema of the settings.
        prefix: What the names of their variables begin with.
        is_read: Whether environment variables were read at all.
    """
    for name in schema.get("properties", {}):
        variable = name_variable(name, prefix)
        mention = re.search(rf"'{re.escape(name)}(?=['.\[])[^']*'", message)
        if mention is None or not os.environ.get(variable):
            continue
        if is_read:
            end = mention.end()
            message = f"{message[:end]} (environment variable {variable}){message[end:]}"
        elif "required and missing" in message:
            message += f" {variable} is set, but variables are only read with --config ENV."
    return message
