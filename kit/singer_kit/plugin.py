"""What a tap and a target of this repository have in common on the command line.

Failures that a user can mend are one line and an exit code, never a traceback; the configuration
is checked by name without ever printing a value; nothing secret reaches a log.
"""

from __future__ import annotations

import decimal
import os
import sys
import typing as t

from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.plugin_base import PluginBase, SingerCommand

from . import redaction
from .config_check import check, misspelled, unknown, unknown_variables, unprintable
from .errors import Abandoned, ConfigError, KitError
from .inputs import config_of

if t.TYPE_CHECKING:
    import click
    from singer_sdk.plugin_base import _ConfigInput


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


class KitPlugin(PluginBase):
    """Mixin for taps and targets; put it before the SDK's class.

    Attributes:
        only_known_settings: Refuse a setting that is not known instead of warning: for a plugin
            where one that is misspelled does harm.
    """

    only_known_settings: t.ClassVar[bool] = False

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, fill in defaults, and learn what must never be logged.

        The SDK's own check prints the offending value, which may be a secret.

        Args:
            raise_errors: Raise instead of returning the errors (discovery needs no valid config).

        Returns:
            One message per error.

        Raises:
            ConfigError: If a setting is missing or wrong.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        errors = list(unknown(self._config, schema)) if self.only_known_settings else []
        # A setting that is null is one that is not given: its default applies.
        self._config = {
            # The SDK reads fractions as decimals, which know no arithmetic with floats.
            name: float(value) if isinstance(value, decimal.Decimal) else value
            for name, value in self._config.items()
            if value is not None
        }
        redaction.install(redaction.secrets_of(self._config, schema))
        if not self.only_known_settings:
            for hint in misspelled(self._config, schema):
                self.logger.warning("%s", hint)
        errors += [*check(self._config, schema), *unprintable(self._config, schema)]
        if errors and raise_errors:
            raise ConfigError(" ".join(errors))
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, t.Any]:  # noqa: N805
        """The settings in environment variables.

        The SDK leaves numbers as text, and prints a value that it cannot read.

        Raises:
            ConfigError: If a value is not what its setting wants.
        """
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        if cls.only_known_settings:
            for hint in unknown_variables(os.environ, cls._env_var_prefix, schema):
                cls.logger.warning("%s", hint)
        config: dict[str, t.Any] = {}
        for name, definition in schema["properties"].items():
            try:
                config |= parse_environment_config(
                    {"properties": {name: definition}}, cls._env_var_prefix
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
    ) -> _ConfigInput:
        """Read the configuration; one that cannot be read is told in one line."""
        return config_of(value)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the SDK's command with our way of telling failures."""
        command = super().get_singer_command()
        # Before the config is read, so that nothing is logged unfiltered.
        redaction.install()
        return KitCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            help=command.help,
            params=command.params,
            logger=cls.logger,
        )
