"""What the command lines of the journal have in common."""

from __future__ import annotations

import sys
import typing as t

import click

from target_miimosa_leads._kit import redaction
from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads._kit.runtime.standard_output import writing_stdout


class _OneLineErrors(click.Command):
    @override
    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        redaction.cover_tracebacks()
        try:
            with writing_stdout():
                return super().main(*args, **kwargs)
        except KitError as error:
            click.echo(f"Error: {redaction.clean(str(error))}", err=True)
            sys.exit(error.exit_code)


class JournalCommand(_OneLineErrors):
    """Prints a KitError in one line and exits with its code."""


class JournalGroup(_OneLineErrors, click.Group):
    """Prints a KitError of its commands in one line and exits with its code."""

    @override
    def invoke(self, ctx: click.Context) -> t.Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            # It quotes the argument, which may be an e-mail address in place of an id.
            raise click.UsageError(redaction.clean(error.format_message()), error.ctx) from None


config_option = click.option(
    "--config",
    "paths",
    multiple=True,
    required=True,
    help="The target's configuration file, or ENV for environment variables.",
)
