"""The setting ``stream_maps``, checked before the first request.

A map that is misspelled would fail at the first record, with the record in a traceback, or do
nothing at all: the field that it should remove would leave the house.
"""

from __future__ import annotations

import fnmatch
import functools
import typing as t
from dataclasses import dataclass

from simpleeval import EvalWithCompoundTypes, NameNotDefined
from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
)

from ..errors import ConfigError
from .config_check import find_similar
from .map_expressions import ExpressionError, Scope, check

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .map_expressions import Schema

_OPTIONS = (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
)
_REMOVED = (None, NULL_STRING)


@dataclass(frozen=True)
class MappedStream:
    """What is known of a stream whose records are mapped.

    Attributes:
        name: Its name at the source.
        schema: JSON schema of the records that its maps get: of the selected fields.
        key: Its key.
        fields: All its fields, also those that are not selected.
    """

    name: str
    schema: Schema
    key: Iterable[str]
    fields: Iterable[str]


class StreamMaps:
    """The stream maps of a configuration.

    Args:
        config: The settings.
    """

    def __init__(self, config: Mapping[str, t.Any]) -> None:
        """Check nothing yet."""
        maps, values = config.get("stream_maps"), config.get("stream_map_config")
        # Whether they are objects, their JSON schema tells.
        maps = maps if isinstance(maps, dict) else {}
        self._values = values if isinstance(values, dict) else {}
        self._maps = {name: each for name, each in maps.items() if name != MAPPER_ELSE_OPTION}
        self._rest = maps.get(MAPPER_ELSE_OPTION)

    def check(self, streams: Iterable[str] | None = None) -> None:
        """Check names, options and expressions, as far as that goes without the streams' fields.

        Args:
            streams: The names of all streams; None if they are not known yet.

        Raises:
            ConfigError: If a map is wrong.
        """
        _check_else("stream_maps", self._rest)
        known = None if streams is None else list(streams)
        for name, each in self._maps.items():
            place = f"stream_maps.{name}"
            if name.startswith("__"):
                raise ConfigError(f"Setting '{place}' is not an option of stream maps.")
            if isinstance(each, dict):
                _check_options(place, each)
            elif each not in _REMOVED:
                raise ConfigError(f"Setting '{place}' must be an object, null or {NULL_STRING}.")
            source = self._source(name)
            if known is not None and not fnmatch.filter(known, source):
                hint = find_similar(source, known)
                raise ConfigError(f"Setting '{place}': '{source}' is not a stream{hint}")
        for place, text, scope in self._expressions(None, None):
            _check_expression(place, text, scope)

    def check_fields(self, streams: Sequence[MappedStream], log: logging.Logger) -> None:
        """Check that streams have the fields that their maps use or remove.

        Args:
            streams: All that are selected.
            log: Where odd maps are told.

        Raises:
            ConfigError: If one has not.
        """
        for stream in streams if self._maps else ():
            self.check_stream(stream, log)
        for name in self._maps:
            of_map = [each for each in streams if name in self._matching(each.name)]
            if of_map:
                self._check_removed(name, of_map)

    def check_stream(self, stream: MappedStream, log: logging.Logger) -> None:
        """Check that a stream has the fields that its maps use, or remove by its very name.

        Args:
            stream: The stream.
            log: Where odd maps are told.

        Raises:
            ConfigError: If it has not.
        """
        for place, text, scope in self._expressions(stream.name, stream.schema):
            for oddity in _check_expression(place, text, scope):
                log.warning("Setting '%s' %s", place, oddity)
        for name in self._matching(stream.name):
            self._check_key(name, stream)
            if self._source(name) == stream.name:
                self._check_removed(name, [stream])

    def find_failing(self, stream: str, record: dict[str, t.Any]) -> tuple[str, str] | None:
        """Return which setting could not be computed for a record, and the kind of error.

        Args:
            stream: The record's stream.
            record: The record as its map got it.
        """
        schema: dict[str, t.Any] = {"properties": {name: {} for name in record}}
        for place, text, scope in self._expressions(stream, schema):
            # A map of this one expression, and the record's former value for ``self``.
            one = CustomStreamMap(
                stream, dict(self._values), {}, schema, None, {scope.field: text},
                flattening_options=None, stream_name=stream,
            )  # fmt: skip
            try:
                one.transform(dict(record))
            except Exception as error:  # noqa: BLE001 - an expression may raise anything
                return place, type(error.__cause__ or error).__name__
        return None

    @functools.cached_property
    def _tools(self) -> CustomStreamMap:
        """A map with the functions and values of all maps."""
        nothing: dict[str, t.Any] = {"properties": {}}
        return CustomStreamMap("", self._values, {}, nothing, None, {}, flattening_options=None)

    def _source(self, name: str) -> str:
        """Return the name or pattern of the streams that a map gets its records from."""
        each = self._maps[name]
        return str(each.get(MAPPER_SOURCE_OPTION, name)) if isinstance(each, dict) else name

    def _matching(self, stream: str) -> list[str]:
        """Return the names of the maps of a stream."""
        return [name for name in self._maps if fnmatch.fnmatch(stream, self._source(name))]

    def _expressions(
        self, stream: str | None, schema: Schema | None
    ) -> Iterator[tuple[str, str, Scope]]:
        """Yield place, text and scope of each expression; of all streams if none is named."""
        names = list(self._maps) if stream is None else self._matching(stream)
        for name in names:
            each = self._maps[name] if isinstance(self._maps[name], dict) else {}
            for key, text in each.items():
                if isinstance(text, str) and text != NULL_STRING and _is_expression(key):
                    field = key if key != MAPPER_FILTER_OPTION else ""
                    yield f"stream_maps.{name}.{key}", text, Scope(schema, self._tools, field)

    def _check_key(self, name: str, stream: MappedStream) -> None:
        """Check that the records that a map makes have their key."""
        each = self._maps[name]
        if not isinstance(each, dict):
            return
        made = set() if MAPPER_ELSE_OPTION in each else {*stream.schema.get("properties", {})}
        made |= {field for field, value in each.items() if value not in _REMOVED}
        made -= {field for field, value in each.items() if value in _REMOVED}
        for field in each.get(MAPPER_KEY_PROPERTIES_OPTION, stream.key) or ():
            if field not in made:
                raise ConfigError(
                    f"Setting 'stream_maps.{name}': the key field '{field}' is not among the "
                    f"fields that the map makes; {MAPPER_KEY_PROPERTIES_OPTION} names the key."
                )

    def _check_removed(self, name: str, streams: list[MappedStream]) -> None:
        """Check that what a map removes is there in one of its streams."""
        each = self._maps[name]
        if not isinstance(each, dict) or MAPPER_ELSE_OPTION in each:
            return
        fields = {field for stream in streams for field in stream.fields}
        for field, value in each.items():
            if value in _REMOVED and not field.startswith("__") and field not in fields:
                raise ConfigError(
                    f"Setting 'stream_maps.{name}.{field}' removes what is not a field"
                    f"{find_similar(field, fields)}"
                )


def _is_expression(key: str) -> bool:
    return key == MAPPER_FILTER_OPTION or not key.startswith("__")


def _check_expression(place: str, text: str, scope: Scope) -> list[str]:
    try:
        return check(text, scope)
    except ExpressionError as error:
        raise ConfigError(f"Setting '{place}' {error}") from None


def _check_options(place: str, each: dict[str, t.Any]) -> None:
    for name, value in each.items():
        if name.startswith("__") and name not in _OPTIONS:
            hint = find_similar(name, _OPTIONS)
            raise ConfigError(f"Setting '{place}.{name}' is not an option of stream maps{hint}")
        if not name.startswith("__") and not (value is None or isinstance(value, str)):
            raise ConfigError(f"Setting '{place}.{name}' must be text, null or {NULL_STRING}.")
    if MAPPER_ELSE_OPTION in each:
        _check_else(place, each[MAPPER_ELSE_OPTION])
    alias = each.get(MAPPER_ALIAS_OPTION)
    if alias is not None:
        _check_alias(f"{place}.{MAPPER_ALIAS_OPTION}", alias)
    keys = each.get(MAPPER_KEY_PROPERTIES_OPTION) or []
    if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
        raise ConfigError(
            f"Setting '{place}.{MAPPER_KEY_PROPERTIES_OPTION}' must be an array of text."
        )


def _check_else(place: str, value: object) -> None:
    if value not in _REMOVED:
        raise ConfigError(f"Setting '{place}.{MAPPER_ELSE_OPTION}' must be null or {NULL_STRING}.")


def _check_alias(place: str, alias: object) -> None:
    """Check a new name, which may be an expression with ``__stream_name__``."""
    try:
        name = EvalWithCompoundTypes(names={"__stream_name__": "stream"}).eval(alias)
    except NameNotDefined:
        # Not an expression: the SDK takes it as it is.
        name = alias
    except Exception:  # noqa: BLE001 - an expression may raise anything
        name = None
    if not isinstance(name, str) or not name:
        raise ConfigError(f"Setting '{place}' must be the name of a stream.")
