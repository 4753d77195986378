"""The JSON files given on the command line: config, catalog and state."""

from __future__ import annotations

import json
import math
import typing as t
from pathlib import Path

from ..errors import ConfigError
from ..sdk import ConfigInput

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

# The key under which Meltano keeps a state.
SINGER_STATE = "singer_state"


def read_config(paths: Sequence[str]) -> ConfigInput:
    """Return the configuration of files, or of the environment where ``ENV`` is among them.

    Of a setting that several files have, the last one counts.

    Raises:
        ConfigError: If one is not a readable JSON object.
    """
    found = ConfigInput(config={}, parse_env="ENV" in paths)
    for path in paths:
        if path != "ENV":
            found.config |= _read_config_file(path)
    return found


def _read_config_file(path: str) -> dict[str, t.Any]:
    """Return the content of one file; constants that JSON does not know are no content."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            data = _parse(_read(file))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigError(f"The file '{path}' given with --config: {reason}.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"The file '{path}' given with --config is not a JSON object.")
    return data


def read_json_object(file: t.IO[str] | None, option: str) -> dict[str, t.Any] | None:
    """Return the content of a file; None if there is none.

    Fractions come as floats; the SDK makes decimals of them, which no time can be subtracted from.

    Raises:
        ConfigError: If it is not a JSON object; it names the option.
    """
    if file is None:
        return None
    data = _parse(_read(file))
    if not isinstance(data, dict):
        raise ConfigError(f"The file given with {option} is not a JSON object.")
    return data


def _read(file: t.IO[str]) -> str:
    """Return a file's text; bytes that are no text make one that is no JSON either."""
    try:
        return file.read().removeprefix("\ufeff").strip()
    except ValueError:
        return "no text"


def _parse(text: str) -> t.Any:  # noqa: ANN401 - JSON
    """Return what a JSON text holds; None if it is not one."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    """Return a number; ``1e999`` is none.

    Raises:
        ValueError: If it is not finite.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def read_state(file: t.IO[str] | None, logger: logging.Logger) -> dict[str, t.Any] | None:
    """Return the state of a file; None if there is none.

    It may be what a target has written (of several lines the last one counts), a whole STATE
    message, or what ``meltano state get`` prints and Meltano's state stores hold.

    Args:
        file: The file.
        logger: Where it is told that the file is empty.

    Raises:
        ConfigError: If it is not a state.
    """
    if file is None:
        return None
    text = _read(file)
    if not text:
        logger.info("The file given with --state is empty: everything is read anew.")
        return None
    data = _parse(text)
    if data is None:
        data = _parse(text.splitlines()[-1])
    state = _unwrap(data)
    if not _is_state(state):
        raise ConfigError("The file given with --state is not the state of a Singer tap.")
    return t.cast("dict[str, t.Any]", state)


def _unwrap(data: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Return a state without what others put around it."""
    if not isinstance(data, dict):
        return data
    if data.get("type") == "STATE":
        return data.get("value")
    if data and data.keys() <= {"completed", "partial"}:
        new, old = data.get("partial") or {}, data.get("completed") or {}
        if not (isinstance(new, dict) and isinstance(old, dict)):
            return None
        # As Meltano does it: what was reached by a run that did not end well, on top.
        data = _merge(new, old)
    return data.get(SINGER_STATE, data)


def _merge(new: t.Any, old: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Return an object on top of another one, objects in them likewise."""
    if not (isinstance(new, dict) and isinstance(old, dict)):
        return new
    return {**old, **{key: _merge(value, old.get(key)) for key, value in new.items()}}


def _is_state(state: object) -> bool:
    if not isinstance(state, dict):
        return False
    bookmarks = state.get("bookmarks", None if state else {})
    return isinstance(bookmarks, dict) and all(isinstance(e, dict) for e in bookmarks.values())
