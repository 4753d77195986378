"""What a tap and a target of this repository have in common on the command line.

Failures that a user can mend are one line and an exit code, never a traceback; the configuration
is checked by name without ever printing a value; nothing secret reaches a log.
"""

from __future__ import annotations

import functools
import os
import sys
import typing as t

from singer_sdk.plugin_base import SingerCommand

from .. import redaction, sdk_messages
from ..errors import Abandoned, ConfigError, KitError
from ..runtime.gc_tuning import rare_collections, skip_final_collection
from ..runtime.standard_output import writing_stdout
from ..runtime.summary_file import SummaryFile
from ..sdk import PluginHooks
from ..setting_checks import UNSUPPORTED
from .config_check import check, check_flattening, unknown, unprintable, with_plain_numbers
from .environment import name_variables, read_environment
from .inputs import read_config
from .stream_maps import StreamMaps

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from ..sdk import ConfigInput


class KitCommand(SingerCommand):
    """A Singer command that tells a :class:`KitError` in one line.

    Attributes:
        reads_environment: Whether settings in environment variables count.
        explain: Adds to a message on settings where their values come from.
    """

    reads_environment = False
    explain: Callable[..., str]

    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:  # noqa: ANN401
        """Run the command; a KitError becomes one log line and its exit code."""
        # The SDK logs what is not foreseen only once the options are read, and only in this thread.
        redaction.cover_tracebacks()
        try:
            with writing_stdout(), rare_collections():
                return super().main(*args, **kwargs)
        except (KitError, Abandoned) as caught:
            # Outside of a run, as in the connection test, nothing unwraps what was abandoned.
            error = caught.error if isinstance(caught, Abandoned) else caught
            self.logger.error("%s", self.explain(str(error), is_read=self.reads_environment))  # noqa: TRY400
            sys.exit(error.exit_code)
        finally:
            if kwargs.get("standalone_mode", True):
                # Click ends the process then.
                skip_final_collection()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; what stands beside them may be a secret, and click would print it."""
        ctx.allow_extra_args = True
        if super().parse_args(ctx, args):
            ctx.fail("There is an argument that belongs to no option.")
        return []


class KitPlugin(PluginHooks):
    """Mixin for taps and targets; put it before the SDK's class."""

    @classmethod
    def stream_names(cls) -> Iterable[str] | None:
        """Return the names that ``stream_maps`` may have; None if they are not known yet."""
        return None

    def checked_config(self, config: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
        """Check the settings, fill in defaults, and learn what must never be logged.

        The SDK's own check prints the offending value, which may be a secret.

        Args:
            config: The settings as given.

        Returns:
            The settings as they are used, and one message per error.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        members = schema["properties"]
        # A setting that is null is one that is not given: its default applies.
        used = {
            name: with_plain_numbers(value, members.get(name, {}))
            for name, value in config.items()
            if value is not None
        }
        redaction.install(redaction.find_secrets(used, schema))
        allowed = used.get("ignored_settings")
        ignored = {*UNSUPPORTED, *(allowed if isinstance(allowed, list) else ())}
        try:
            # First: the SDK's JSON schema of stream maps is not one where '__else__' is wrong.
            StreamMaps(used).check(self.stream_names())
        except ConfigError as error:
            return used, [str(error)]
        return used, [
            *unknown((name for name in used if name not in ignored), schema),
            *check(used, schema),
            *check_flattening(used),
            *unprintable(used, schema),
        ]

    @classmethod
    def summary_file(cls, config: ConfigInput | None) -> SummaryFile:
        """Return the file for the summary of a run.

        Args:
            config: The configuration as given: it may be wrong, which the summary then tells.
        """
        path = config.config.get("summary_path") if config else None
        if config and config.parse_env and not path:
            path = os.environ.get(f"{cls.environment_prefix()}SUMMARY_PATH")
        path = path if isinstance(path, str) else None
        return SummaryFile(path, cls.name, cls.plugin_version, cls.logger)

    def refuse_config(self, errors: list[str]) -> None:
        """End the program because of wrong settings.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(" ".join(errors))

    @classmethod
    def environment_settings(cls) -> dict[str, t.Any]:
        """Return the settings in environment variables.

        Raises:
            ConfigError: If a value is not what its setting wants.
        """
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        return read_environment(schema, cls.environment_prefix(), cls.logger)

    @classmethod
    def cb_config(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003
        value: tuple[str, ...],
    ) -> ConfigInput:
        """Read the configuration; one that cannot be read is told in one line."""
        found = read_config(value)
        t.cast("KitCommand", ctx.command).reads_environment = found.parse_env
        return found

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the SDK's command with our way of telling failures."""
        command = super().get_singer_command()
        # Before the config is read, so that nothing is logged unfiltered.
        redaction.install()
        sdk_messages.install(redaction.find_handlers())
        kit_command = KitCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            help=command.help,
            params=command.params,
            logger=cls.logger,
        )
        kit_command.explain = functools.partial(
            name_variables, schema=cls.config_jsonschema, prefix=cls.environment_prefix()
        )
        return kit_command
