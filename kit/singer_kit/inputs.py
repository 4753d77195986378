"""The JSON files given on the command line: config, catalog and state."""

from __future__ import annotations

import json
import typing as t

from singer_sdk.plugin_base import _ConfigInput

from .errors import ConfigError

if t.TYPE_CHECKING:
    from collections.abc import Sequence


def config_of(paths: Sequence[str]) -> _ConfigInput:
    """Return the configuration of files, or of the environment where ``ENV`` is among them.

    Raises:
        ConfigError: If one is no readable JSON object.
    """
    try:
        return _ConfigInput.from_cli_args(*paths)
    except (OSError, ValueError, TypeError):
        raise ConfigError("What is given with --config is no readable JSON object.") from None


def json_object(file: t.IO[str] | None, option: str) -> dict[str, t.Any] | None:
    """Return the content of a file; None if there is none.

    Raises:
        ConfigError: If it is no JSON object; it names the option.
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


def state_of(file: t.IO[str] | None) -> dict[str, t.Any] | None:
    """Return the state of a file, which may be a whole STATE message; None if there is none.

    Raises:
        ConfigError: If it is no state.
    """
    state = json_object(file, "--state")
    if state and state.get("type") == "STATE":
        state = state.get("value")
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else state
    if state is None or (
        isinstance(bookmarks, dict) and all(isinstance(each, dict) for each in bookmarks.values())
    ):
        return state
    raise ConfigError("The file given with --state is not the state of a Singer tap.")
