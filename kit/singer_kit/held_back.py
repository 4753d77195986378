"""What the settings keep from the target although it was read: whoever lets it through reads anew.

A row that a filter of ``stream_maps`` held back is older than the bookmark, or below a parent that
has not changed, when the filter goes; and the lists below it were not read at all.
"""

from __future__ import annotations

import fnmatch
import typing as t

import msgspec
from singer_sdk.mapper import (
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
)

from .fingerprints import secret_fingerprint
from .personal_data import list_left_out

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Settings = Mapping[str, t.Any]

_UNKNOWN_FIELDS, _DROP = "unknown_fields", "drop"
_REMOVED = (None, NULL_STRING)


def list_held_back(config: Settings, streams: Iterable[str]) -> list[str]:
    """Return what stands for all that is held back of some streams; empty where nothing is.

    Args:
        config: The settings.
        streams: Names of the streams.
    """
    found = list(list_left_out(config))
    if config.get(_UNKNOWN_FIELDS) == _DROP:
        found.append(_UNKNOWN_FIELDS)
    filters = [each for name in sorted(streams) for each in _list_filters(config, name)]
    if filters:
        # A filter may name values of this setting, some of which may be secrets.
        values = msgspec.json.encode(config.get("stream_map_config"), order="deterministic")
        filters.append(secret_fingerprint(values.decode()))
    return found + filters


def _list_filters(config: Settings, stream: str) -> Iterator[str]:
    maps = dict(config.get("stream_maps") or {})
    rest, matched = maps.pop(MAPPER_ELSE_OPTION, {}), False
    for name, each in sorted(maps.items()):
        options = each if isinstance(each, dict) else {}
        if not fnmatch.fnmatch(stream, options.get(MAPPER_SOURCE_OPTION, name)):
            continue
        matched = True
        if each in _REMOVED or MAPPER_FILTER_OPTION in options:
            yield f"{stream} {name} {options.get(MAPPER_FILTER_OPTION)}"
    if not matched and rest in _REMOVED:
        yield f"{stream} {MAPPER_ELSE_OPTION} None"
