"""Is this a catalog of this tap? Whoever edits or generates one learns what is wrong with it."""

from __future__ import annotations

import typing as t

from ..errors import ConfigError

if t.TYPE_CHECKING:
    from collections.abc import Iterable

_METHODS = frozenset({"FULL_TABLE", "INCREMENTAL", "LOG_BASED"})
_WHERE = "The file given with --catalog"

Object = dict[str, t.Any]


def check_catalog(catalog: Object | None, streams: Iterable[t.Any]) -> Object | None:
    """Return a catalog that the SDK can use.

    Args:
        catalog: What the file holds; None if there is none.
        streams: The classes of the tap's streams.

    Raises:
        ConfigError: If it is not a catalog, or knows none of the streams; it names the entry.
    """
    if catalog is None:
        return None
    entries = catalog.get("streams")
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ConfigError(f"{_WHERE} is not a Singer catalog: 'streams' must be a list of objects.")
    for number, entry in enumerate(entries):
        _check_entry(entry, number)
    if not {entry["tap_stream_id"] for entry in entries} & {each.name for each in streams}:
        raise ConfigError(f"{_WHERE} has none of the streams of this tap; --discover lists them.")
    return catalog


def _check_entry(entry: Object, number: int) -> None:
    name = entry.get("tap_stream_id")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{_WHERE}: 'streams[{number}]' has no 'tap_stream_id'.")
    if not isinstance(entry.get("schema"), dict):
        raise ConfigError(f"{_WHERE}: stream '{name}' has no 'schema' (an object).")
    metadata = entry.get("metadata", [])
    if not isinstance(metadata, list) or not all(_is_metadata(each) for each in metadata):
        raise ConfigError(
            f"{_WHERE}: the 'metadata' of stream '{name}' must be a list of objects with "
            "'breadcrumb' and 'metadata'."
        )
    of_stream = [each["metadata"] for each in metadata if not each["breadcrumb"]]
    methods = [entry.get("replication_method")]
    for each in of_stream:
        methods += [each.get("forced-replication-method"), each.get("replication-method")]
    if not all(method in _METHODS for method in methods if method is not None):
        allowed = " or ".join(sorted(_METHODS))
        raise ConfigError(f"{_WHERE}: the replication method of stream '{name}' must be {allowed}.")


def _is_metadata(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("breadcrumb"), list)
        and isinstance(value.get("metadata"), dict)
    )
