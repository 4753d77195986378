"""Tells the SDK's mapper of the streams: the selected ones at once, others when asked for them."""

from __future__ import annotations

import typing as t

from singer_sdk.exceptions import SingerSDKError
from singer_sdk.mapper import MAPPER_ELSE_OPTION, CustomStreamMap, RemoveRecordTransform
from singer_sdk.singerlib.catalog import MetadataMapping

from ..errors import ConfigError
from ..sdk import get_selected_schema
from .guarded_map import GuardedMap
from .stream_maps import MappedStream, StreamMaps

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.mapper import PluginMapper, StreamMap
    from singer_sdk.singerlib.catalog import CatalogEntry
    from singer_sdk.streams import Stream


def register_streams(tap: t.Any) -> None:  # noqa: ANN401 - an ApiTap
    """Check the stream maps of a tap, and tell its mapper the streams.

    The SDK's own way refuses maps of streams that are not selected: of them, it knows no field. And
    it copies the schema of each stream several times, which for those takes half of a start.

    Raises:
        ConfigError: If a map uses, removes or lacks a field.
    """
    _put_else_back(tap)
    # They complete the catalog.
    streams = tap.streams
    entries = {_name(entry): entry for entry in tap.catalog.streams}
    maps = StreamMaps(tap.config)
    selected = {each.name: each for each in _list_selected(entries.values())}
    maps.check_fields(list(selected.values()), tap.logger)
    registered = _RegisteredMaps(tap.mapper, streams, entries, selected, maps)
    tap.mapper.stream_maps = registered
    for name in selected:
        _ = registered[name]


def _put_else_back(tap: t.Any) -> None:  # noqa: ANN401
    """Put back into the settings what the SDK takes out: that streams without a map go nowhere."""
    if tap.mapper.default_mapper_type is RemoveRecordTransform:
        given = tap.config["stream_maps"]
        tap.mapper.stream_maps_dict = dict(given)
        given[MAPPER_ELSE_OPTION] = None


class _RegisteredMaps(dict[str, t.Any]):
    """The maps of each stream; those of a stream that is not known yet are made when it is."""

    def __init__(
        self,
        mapper: PluginMapper,
        streams: Mapping[str, Stream],
        entries: Mapping[str, CatalogEntry],
        selected: Mapping[str, MappedStream],
        maps: StreamMaps,
    ) -> None:
        super().__init__()
        self._mapper = mapper
        self._streams = streams
        self._entries = entries
        self._selected = selected
        self._guarded = maps

    def __missing__(self, name: str) -> list[StreamMap]:
        # A catalog need not name the stream that another one is made from.
        stream, entry = self._streams[name], self._entries.get(name)
        schema: Mapping[str, t.Any] = entry.schema.to_dict() if entry else stream.schema
        keys = entry.key_properties if entry else stream.primary_keys
        if name in self._selected:
            schema = self._selected[name].schema
        try:
            self._mapper.register_raw_stream_schema(name, dict(schema), keys)
        except (SingerSDKError, ValueError) as error:
            # Such as two fields whose flattened names are one.
            raise ConfigError(
                f"The settings of stream_maps or flattening do not fit: {error}"
            ) from None
        found: list[StreamMap] = [
            GuardedMap(each, name, self._guarded) if isinstance(each, CustomStreamMap) else each
            for each in self[name]
        ]
        self[name] = found
        return found


def _name(entry: CatalogEntry) -> str:
    return entry.stream or entry.tap_stream_id


def _list_selected(entries: Iterable[CatalogEntry]) -> Iterator[MappedStream]:
    for entry in entries:
        own = MetadataMapping({(): entry.metadata[()]} if () in entry.metadata else {})
        if own.resolve_selection().get((), True):
            mask = entry.metadata.resolve_selection()
            schema = entry.schema.to_dict()
            yield MappedStream(
                _name(entry),
                get_selected_schema(_name(entry), schema, mask),
                entry.key_properties or (),
                schema.get("properties", {}),
            )
