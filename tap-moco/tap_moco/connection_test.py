"""``--test``: do the credentials work, and which selected streams may they read?"""

from __future__ import annotations

import typing as t
from http import HTTPStatus

import click

from tap_moco._kit.errors import ApiError, ConfigError, DeniedError
from tap_moco.client import ChildStream

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_moco._kit.records import Record
    from tap_moco.client import MocoStream
    from tap_moco.tap import TapMoco

_MEANINGS = {
    401: "not accepted",
    403: "no permission",
    404: "not offered",
}


def check_access(tap: TapMoco) -> None:
    """Ask GET /session, then each selected stream for one row, and print what came of it.

    Raises:
        ConfigError: If the credentials do not work.
    """
    streams: list[MocoStream] = [s for s in tap.streams.values() if s.selected]  # type: ignore[misc]
    try:
        tap.fetch_now(streams[0].request_to("/session"), "session")
    except DeniedError as error:
        raise ConfigError(f"MOCO does not accept the credentials ({error.status}).") from None
    click.echo("Credentials: accepted (GET /session)")
    width = max(len(stream.name) for stream in streams)
    parents: dict[type, Record | None] = {}
    unreadable = 0
    for stream in streams:
        status, meaning = _probe(tap, stream, parents)
        unreadable += status not in {"200", "-"}
        click.echo(f"{stream.name:{width}}  {status:>3}  {stream.area:13}  {meaning}".rstrip())
    click.echo(f"{len(streams)} streams selected, {unreadable} of them not readable.")


def _probe(tap: TapMoco, stream: MocoStream, parents: dict[type, Record | None]) -> tuple[str, str]:
    """Return status and meaning of a stream's cheapest request."""
    context: types.Context | None = next(iter(stream.config_contexts() or []), None)
    try:
        if isinstance(stream, ChildStream):
            parent = _first_parent(tap, stream, parents)
            if parent is None:
                return "-", "no parent to try it with"
            context = parent
        tap.fetch_now(stream.first_row_request(context), stream.name)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND and getattr(stream, "none_is_404", False):
            return "200", ""
        if error.status is None:
            raise
        return str(error.status), _MEANINGS.get(error.status, "failed")
    return "200", ""


def _first_parent(
    tap: TapMoco, child: ChildStream, parents: dict[type, Record | None]
) -> types.Context | None:
    above: MocoStream = next(s for s in tap.streams.values() if child in s.child_streams)  # type: ignore[assignment]
    if type(above) not in parents:
        answer = tap.fetch_now(above.first_row_request(), above.name)
        parents[type(above)] = next(iter(above.select(answer.data)), None)
    row = parents[type(above)]
    return above.child_parameters(row) if row else None
