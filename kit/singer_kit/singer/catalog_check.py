"""Is this a catalog of this tap? Whoever edits or generates one learns what is wrong with it."""

from __future__ import annotations

import typing as t

from singer_sdk.singerlib.catalog import MetadataMapping

from ..errors import ConfigError

if t.TYPE_CHECKING:
    from collections.abc import Iterable

_METHODS = frozenset({"FULL_TABLE", "INCREMENTAL", "LOG_BASED"})
_INCLUSIONS = (None, "available", "automatic", "unsupported")
_WHERE = "The file given with --catalog"

Object = dict[str, t.Any]


def check_catalog(catalog: Object | None, streams: Iterable[t.Any]) -> Object | None:
    """Return a catalog that the SDK can use.

    Args:
        catalog: What the file holds; None if there is none.
        streams: The classes of the tap's streams.

    Raises:
        ConfigError: If it is not a catalog, or selects none of the streams; it names the entry.
    """
    if catalog is None:
        return None
    entries = catalog.get("streams")
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ConfigError(f"{_WHERE} is not a Singer catalog: 'streams' must be a list of objects.")
    known = {each.name: each for each in streams}
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        name = entry.get("tap_stream_id")
        if not isinstance(name, str) or not name:
            raise ConfigError(f"{_WHERE}: 'streams[{number}]' has no 'tap_stream_id'.")
        if name in seen:
            raise ConfigError(f"{_WHERE}: stream '{name}' comes twice.")
        seen.add(name)
        _check_entry(entry, name, known.get(name))
    if not seen & known.keys():
        raise ConfigError(f"{_WHERE} has none of the streams of this tap; --discover lists them.")
    if not any(is_selected(entry) for entry in entries if entry["tap_stream_id"] in known):
        raise ConfigError(f"{_WHERE} selects none of the streams of this tap.")
    return catalog


def _check_entry(entry: Object, name: str, stream: t.Any) -> None:  # noqa: ANN401 - a class
    """Check the entry of one stream.

    Args:
        entry: The entry.
        name: Its stream.
        stream: The stream's class; None if there is no such stream.
    """
    schema = entry.get("schema")
    if not isinstance(schema, dict):
        raise ConfigError(f"{_WHERE}: stream '{name}' has no 'schema' (an object).")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or not all(map(_is_object, properties.values())):
        raise ConfigError(f"{_WHERE}: the 'schema' of stream '{name}' has no usable 'properties'.")
    metadata = entry.get("metadata", [])
    if not isinstance(metadata, list) or not all(_is_metadata(each) for each in metadata):
        raise ConfigError(
            f"{_WHERE}: the 'metadata' of stream '{name}' must be a list of objects with "
            "'breadcrumb' (a list of names) and 'metadata'."
        )
    for each in metadata:
        _check_metadata(each["metadata"], name)
    _check_texts(entry, name)
    of_stream = [each["metadata"] for each in metadata if not each["breadcrumb"]]
    methods = [entry.get("replication_method")]
    keys = [entry.get("replication_key")]
    for each in of_stream:
        methods += [each.get("forced-replication-method"), each.get("replication-method")]
        keys.append(each.get("replication-key"))
    if not all(method in _METHODS for method in methods if method is not None):
        allowed = " or ".join(sorted(_METHODS))
        raise ConfigError(f"{_WHERE}: the replication method of stream '{name}' must be {allowed}.")
    if stream is not None and is_selected(entry):
        _check_keys(entry, name, stream, keys)


def _check_keys(entry: Object, name: str, stream: t.Any, replication_keys: list[t.Any]) -> None:  # noqa: ANN401
    """Check that replication key and key are what they can be."""
    # Where a class declares none, it has the SDK's property.
    own = stream.replication_key if isinstance(stream.replication_key, str) else None
    for key in replication_keys:
        if key not in (None, "", own):
            allowed = f"must be '{own}'" if own else "must be left out: it has none"
            raise ConfigError(f"{_WHERE}: the replication key of stream '{name}' {allowed}.")
    fields = {*entry["schema"].get("properties", {}), *stream.primary_keys}
    for key in entry.get("key_properties") or ():
        if key not in fields:
            raise ConfigError(f"{_WHERE}: the key of stream '{name}' names what is not a field.")


def _check_texts(entry: Object, name: str) -> None:
    """Check what must be text, or a list of it."""
    for key in ("stream", "replication_key", "stream_alias"):
        if not isinstance(entry.get(key), (str, type(None))):
            raise ConfigError(f"{_WHERE}: '{key}' of stream '{name}' must be text.")
    keys = entry.get("key_properties")
    if keys is not None and not _is_names(keys):
        raise ConfigError(f"{_WHERE}: 'key_properties' of stream '{name}' must be a list of names.")


def _check_metadata(metadata: Object, name: str) -> None:
    """Check what is said of a stream or a field of it."""
    for key in ("selected", "selected-by-default"):
        if not isinstance(metadata.get(key), (bool, type(None))):
            raise ConfigError(f"{_WHERE}: '{key}' in stream '{name}' must be true or false.")
    if metadata.get("inclusion") not in _INCLUSIONS:
        raise ConfigError(
            f"{_WHERE}: 'inclusion' in stream '{name}' must be available, automatic or unsupported."
        )
    keys = metadata.get("table-key-properties")
    if keys is not None and not _is_names(keys):
        raise ConfigError(
            f"{_WHERE}: 'table-key-properties' of stream '{name}' must be a list of names."
        )


def is_selected(entry: Object) -> bool:
    """Tell whether a checked entry selects its stream."""
    # A stream's own entry says it; those of its fields, there are thousands, need not be looked at.
    own = [each for each in entry.get("metadata", []) if not each["breadcrumb"]]
    return MetadataMapping.from_iterable(own).resolve_selection().get((), True)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_metadata(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_names(value.get("breadcrumb"))
        and isinstance(value.get("metadata"), dict)
    )
