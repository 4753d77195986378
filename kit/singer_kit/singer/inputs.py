"""The JSON files given on the command line: config, catalog and state."""

from __future__ import annotations

import json
import typing as t

from ..errors import ConfigError
from ..sdk import ConfigInput

if t.TYPE_CHECKING:
    from collections.abc import Sequence


def read_config(paths: Sequence[str]) -> ConfigInput:
    """Return the configuration of files, or of the environment where ``ENV`` is among them.

    Raises:
        ConfigError: If one is not a readable JSON object.
    """
    try:
        return ConfigInput.from_cli_args(*paths)
    except (OSError, ValueError, TypeError):
        raise ConfigError("What is given with --config is not a readable JSON object.") from None


def read_json_object(file: t.IO[str] | None, option: str) -> dict[str, t.Any] | None:
    """Return the content of a file; None if there is none.

    Fractions come as floats; the SDK makes decimals of them, which no time can be subtracted from.

    Raises:
        ConfigError: If it is not a JSON object; it names the option.
    """
    if file is None:
        return None
    try:
        data = json.load(file)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ConfigError(f"The file given with {option} is not a JSON object.")
    return data


def read_state(file: t.IO[str] | None) -> dict[str, t.Any] | None:
    """Return the state of a file, which may be a whole STATE message; None if there is none.

    Raises:
        ConfigError: If it is not a state.
    """
    state = read_json_object(file, "--state")
    if state and state.get("type") == "STATE":
        state = state.get("value")
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else state
    if state is None or (
        isinstance(bookmarks, dict) and all(isinstance(each, dict) for each in bookmarks.values())
    ):
        return state
    raise ConfigError("The file given with --state is not the state of a Singer tap.")
