"""What a tap and a target of this repository have in common on the command line.

Failures that a user can mend are one line and an exit code, never a traceback; the configuration
is checked by name without ever printing a value; nothing secret reaches a log.
"""

from __future__ import annotations

import decimal
import os
import sys
import typing as t

from singer_sdk.plugin_base import SingerCommand

from .. import redaction, sdk_messages
from ..errors import Abandoned, ConfigError, KitError
from ..runtime.summary_file import SummaryFile
from ..sdk import PluginHooks, parse_environment_config
from .config_check import check, misspelled, unknown, unknown_variables, unprintable
from .inputs import read_config

if t.TYPE_CHECKING:
    import click

    from ..sdk import ConfigInput


class KitCommand(SingerCommand):
    """A Singer command that tells a :class:`KitError` in one line."""

    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:  # noqa: ANN401
        """Run the command; a KitError becomes one log line and its exit code."""
        try:
            return super().main(*args, **kwargs)
        except (KitError, Abandoned) as caught:
            # Outside of a run, as in the connection test, nothing unwraps what was abandoned.
            error = caught.error if isinstance(caught, Abandoned) else caught
            self.logger.error("%s", error)  # noqa: TRY400
            sys.exit(error.exit_code)


class KitPlugin(PluginHooks):
    """Mixin for taps and targets; put it before the SDK's class.

    Attributes:
        only_known_settings: Refuse a setting that is not known instead of warning: for a plugin
            where one that is misspelled does harm.
    """

    only_known_settings: t.ClassVar[bool] = False

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
        # A setting that is null is one that is not given: its default applies.
        used = {
            # The SDK reads fractions as decimals, which know no arithmetic with floats.
            name: float(value) if isinstance(value, decimal.Decimal) else value
            for name, value in config.items()
            if value is not None
        }
        redaction.install(redaction.find_secrets(used, schema))
        errors = list(unknown(used, schema)) if self.only_known_settings else []
        if not self.only_known_settings:
            for hint in misspelled(used, schema):
                self.logger.warning("%s", hint)
        return used, [*errors, *check(used, schema), *unprintable(used, schema)]

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

        The SDK leaves numbers as text, and prints a value that it cannot read.

        Raises:
            ConfigError: If a value is not what its setting wants.
        """
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        if cls.only_known_settings:
            for hint in unknown_variables(os.environ, cls.environment_prefix(), schema):
                cls.logger.warning("%s", hint)
        config: dict[str, t.Any] = {}
        for name, definition in schema["properties"].items():
            try:
                config |= parse_environment_config(
                    {"properties": {name: definition}}, cls.environment_prefix()
                )
                if isinstance(config.get(name), str) and "number" in definition.get("type", ()):
                    config[name] = float(config[name])
            except ValueError:
                raise ConfigError(
                    f"Setting '{name}' cannot be read from its environment variable "
                    f"(lists and objects must be JSON)."
                ) from None
        return config

    @classmethod
    def cb_config(
        cls,
        ctx: click.Context,  # noqa: ARG003
        param: click.Option,  # noqa: ARG003
        value: tuple[str, ...],
    ) -> ConfigInput:
        """Read the configuration; one that cannot be read is told in one line."""
        return read_config(value)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the SDK's command with our way of telling failures."""
        command = super().get_singer_command()
        # Before the config is read, so that nothing is logged unfiltered.
        redaction.install()
        sdk_messages.install(redaction.find_handlers())
        return KitCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            help=command.help,
            params=command.params,
            logger=cls.logger,
        )
