"""The command line of a tap: its options, and its files checked before anything is asked."""

from __future__ import annotations

import os
import typing as t

import click
from singer_sdk.tap_base import CliTestOptionValue

from ..errors import ConfigError
from .catalog_check import check_catalog
from .inputs import read_json_object, read_state
from .meltano_run import MeltanoRun
from .plan import PLAN_OPTION
from .selection import find_meltano_selection
from .unread_streams import without_unread_fields

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ..sdk import ConfigInput
    from .stream import ApiStream


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
    meltano = MeltanoRun(os.environ, catalog.name if catalog else None)
    tests = test != CliTestOptionValue.Disabled.value

    def make() -> t.Any:  # noqa: ANN401 - an ApiTap
        found = read_json_object(catalog, "--catalog")
        if not plan and not tests:
            meltano.check_catalog(found, tap_class)
        found = check_catalog(found, tap_class.stream_types)
        # Under Meltano, a test selects streams that the catalog may not.
        if found is not None and not tests:
            found = without_unread_fields(found, tap_class.stream_types)
        return tap_class(
            config=config.config if config else {},
            state=read_state(state, tap_class.logger),
            catalog=found,
            parse_env_config=bool(config and config.parse_env),
        )

    if tests:
        _test(make(), test)
    elif plan:
        make().print_plan()
    else:
        file = tap_class.summary_file(config)
        # First: the summary is that of the run under way.
        with meltano.alone(), file.recording():
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
