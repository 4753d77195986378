"""The command line of a tap: its options, and its files checked before anything is asked."""

from __future__ import annotations

import os
import typing as t

import click
from singer_sdk.exceptions import SingerSDKError
from singer_sdk.mapper import CustomStreamMap
from singer_sdk.tap_base import CliTestOptionValue

from ..errors import ConfigError
from ..sdk import get_selected_schema
from .catalog_check import check_catalog
from .guarded_map import GuardedMap
from .inputs import read_json_object, read_state
from .plan import PLAN_OPTION
from .selection import find_meltano_selection
from .stream_maps import MappedStream, StreamMaps

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.singerlib.catalog import CatalogEntry

    from ..sdk import ConfigInput
    from .stream import ApiStream


def register_streams(tap: t.Any) -> None:  # noqa: ANN401 - an ApiTap
    """Check the stream maps of a tap, and tell its mapper the streams.

    The SDK's own way refuses maps of streams that are not selected: of them, it knows no field.

    Raises:
        ConfigError: If a map uses, removes or lacks a field.
    """
    # They complete the catalog.
    _ = tap.streams
    entries = tap.catalog.streams
    maps = StreamMaps(tap.config)
    maps.check_fields(list(_list_selected(entries)), tap.logger)
    try:
        for entry in entries:
            tap.mapper.register_raw_stream_schema(
                _name(entry), _mapped_schema(entry), entry.key_properties
            )
    except (SingerSDKError, ValueError) as error:
        # Such as two fields whose flattened names are one.
        raise ConfigError(
            f"The settings of stream_maps or flattening do not fit: {error}"
        ) from None
    for name, found in tap.mapper.stream_maps.items():
        found[:] = [
            GuardedMap(each, name, maps) if isinstance(each, CustomStreamMap) else each
            for each in found
        ]


def add_options(command: click.Command) -> click.Command:
    """Return the SDK's command with ``--plan``, and a ``--test`` that heeds the other options."""
    command.params.append(PLAN_OPTION)
    for option in command.params:
        if option.name == "test":
            # The SDK's callback is called before there is a catalog.
            option.callback, option.expose_value = None, True
            option.type = click.Choice([each.value for each in CliTestOptionValue])
    return command


def run(
    tap_class: t.Any,  # noqa: ANN401 - a subclass of ApiTap
    *,
    config: ConfigInput | None = None,
    state: t.IO[str] | None = None,
    catalog: t.IO[str] | None = None,
    plan: bool = False,
    test: str = CliTestOptionValue.Disabled.value,
) -> None:
    """Do what the options of the command line say.

    Args:
        tap_class: The tap.
        config: The settings.
        state: The file given with ``--state``.
        catalog: The file given with ``--catalog``.
        plan: Whether only to say what a run would ask.
        test: What to test; a value of the SDK's ``CliTestOptionValue``.

    Raises:
        KitError: If a file or setting is wrong, or the run failed.
    """

    def make() -> t.Any:  # noqa: ANN401 - an ApiTap
        return tap_class(
            config=config.config if config else {},
            state=read_state(state, tap_class.logger),
            catalog=check_catalog(read_json_object(catalog, "--catalog"), tap_class.stream_types),
            parse_env_config=bool(config and config.parse_env),
        )

    if test != CliTestOptionValue.Disabled.value:
        _test(make(), test)
    elif plan:
        make().print_plan()
    else:
        file = tap_class.summary_file(config)
        with file.recording():
            tap = make()
            file.describe = tap.summarize
            tap.run()


def _test(tap: t.Any, what: str) -> None:  # noqa: ANN401 - an ApiTap
    """Answer ``--test`` for the streams that are selected.

    Raises:
        ConfigError: If none is.
        KitError: If something cannot be read.
    """
    tap.check_settings()
    streams = t.cast("list[ApiStream]", list(tap.streams.values()))
    meltano = find_meltano_selection(tap.name, tap.stream_names(), os.environ)
    if meltano is not None:
        for stream in streams:
            stream.selected = stream.name in meltano
    selected = [stream for stream in streams if stream.selected]
    if not selected:
        raise ConfigError("No stream is selected.")
    if what == CliTestOptionValue.Schema.value:
        for stream in selected:
            stream.write_schema()
        tap.message_writer.flush()
    else:
        tap.test_connection(selected)


def read_one_record(tap: t.Any, streams: Iterable[ApiStream]) -> None:  # noqa: ANN401
    """Read one record of each of some streams.

    Raises:
        KitError: If something cannot be read, or nothing.
    """
    wanted: set[str] = set()
    for stream in streams:
        # Child streams are read by their parents.
        wanted |= {stream.name, *(each.name for each in stream.parent_streams)}
    tap.run_sync_dry_run(streams=[each for each in tap.streams.values() if each.name in wanted])
    tap.run_context.reach.check(tap.address_setting)


def _name(entry: CatalogEntry) -> str:
    return entry.stream or entry.tap_stream_id


def _mapped_schema(entry: CatalogEntry) -> dict[str, t.Any]:
    """Return the JSON schema of what a stream's maps get; all of it if it is not selected."""
    mask = entry.metadata.resolve_selection()
    schema: dict[str, t.Any] = entry.schema.to_dict()
    return get_selected_schema(_name(entry), schema, mask) if mask.get((), True) else schema


def _list_selected(entries: Iterable[CatalogEntry]) -> Iterator[MappedStream]:
    for entry in entries:
        if entry.metadata.resolve_selection().get((), True):
            yield MappedStream(
                _name(entry),
                _mapped_schema(entry),
                entry.key_properties or (),
                entry.schema.to_dict().get("properties", {}),
            )
