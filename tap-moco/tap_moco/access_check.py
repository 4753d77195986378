"""``--test``: do the credentials work, and which selected streams may they read?"""

from __future__ import annotations

import typing as t
from http import HTTPStatus

import click

from tap_moco._kit.errors import ApiError, ConfigError, DeniedError
from tap_moco.kinds import ChildStream

if t.TYPE_CHECKING:
    from tap_moco._kit.records import Context, Record
    from tap_moco.client import MocoStream

_MEANINGS = {
    401: "not accepted",
    403: "no permission",
    404: "not offered",
}


def check_access(streams: list[MocoStream], address: str) -> None:
    """Ask GET /session, then each stream for one row, and print what came of it.

    Args:
        streams: Those that are selected.
        address: Name of the setting that holds the address of the API.

    Raises:
        ConfigError: If the credentials do not work, or there is no API.
    """
    first = streams[0]
    try:
        first.run.fetch_now(first.request_to(f"{first.url_base}/session", {}), "session")
    except DeniedError as error:
        if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise ConfigError(
                f"MOCO is not at the address in setting '{address}' (/session: {error.status})."
            ) from None
        raise ConfigError(f"MOCO does not accept the credentials ({error.status}).") from None
    click.echo("Credentials: accepted (GET /session)")
    width = max(len(stream.name) for stream in streams)
    parents: dict[type, Record | None] = {}
    unreadable = 0
    for stream in streams:
        status, meaning = _probe(stream, parents)
        unreadable += status not in {"200", "-"}
        click.echo(f"{stream.name:{width}}  {status:>3}  {stream.area:13}  {meaning}".rstrip())
    click.echo(f"{len(streams)} streams selected, {unreadable} of them not readable.")


def _probe(stream: MocoStream, parents: dict[type, Record | None]) -> tuple[str, str]:
    """Return status and meaning of a stream's cheapest request."""
    context: Context | None = next(iter(stream.config_contexts() or []), None)
    try:
        if isinstance(stream, ChildStream):
            parent = _first_parent(stream, parents)
            if parent is None:
                return "-", "no parent to try it with"
            context = parent
        stream.run.fetch_now(stream.first_row_request(context), stream.name)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND and stream.none_is_404:
            return "200", ""
        if error.status is None:
            raise
        return str(error.status), _MEANINGS.get(error.status, "failed")
    return "200", ""


def _first_parent(child: ChildStream, parents: dict[type, Record | None]) -> Context | None:
    above = t.cast("MocoStream", child.parent_stream)
    if type(above) not in parents:
        answer = above.run.fetch_now(above.first_row_request(), above.name)
        parents[type(above)] = next(iter(above.extract_records(answer.data)), None)
    row = parents[type(above)]
    return above.get_child_context(row, None) if row else None
