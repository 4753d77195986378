"""``--plan``: what a run would ask, found out with one request per list at most.

Totals and links of the first page tell the number of pages; the rows of the first page, held
against the change markers in the state, tell how many children are wanted. What the first page
cannot tell is an estimate and says so.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

import click

from ..errors import DeniedError
from ..records import ChildContext

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..http.budget import Window
    from ..records import Context, Record
    from .stream import ApiStream


PLAN_OPTION = click.Option(
    ["--plan"],
    is_flag=True,
    help="Print how many requests a sync would make and how long the limits let it take; asks for "
    "the first page of each list only.",
)


@dataclass(frozen=True)
class Forecast:
    """What one stream would ask.

    Attributes:
        stream: Its name.
        requests: How many requests.
        exact: Whether that is known, or only estimated.
        note: What a user should know about it.
    """

    stream: str
    requests: int
    exact: bool = True
    note: str = ""


@dataclass(frozen=True)
class _Sample:
    """The rows of first pages, standing for all rows of a stream."""

    rows: list[tuple[dict[str, t.Any], Record]]
    total: int
    whole: bool


def forecast(
    streams: Iterable[ApiStream], check_denied: Callable[[DeniedError], None]
) -> Iterator[Forecast]:
    """Yield what each stream of a run would ask, parents before their children.

    Args:
        streams: Those of the tap, with catalog and state.
        check_denied: Raises if a denial is one of the credentials.
    """
    for stream in streams:
        if stream.parent_stream_type is None and (stream.selected or stream.children):
            yield from _forecast_list(stream, check_denied)


def _forecast_list(
    stream: ApiStream, check_denied: Callable[[DeniedError], None]
) -> Iterator[Forecast]:
    run = stream.run
    contexts = stream.config_contexts()
    if contexts is None:
        contexts = [{}]
    if stream.single and len(contexts) > 1:
        # One request each, and nothing in the first answer tells about the others.
        yield Forecast(stream.name, len(contexts), note="one per configured id")
        yield from _forecast_children(stream, _Sample([], len(contexts), whole=False))
        return
    requests, total, exact = 0, 0, True
    since = stream.read_window().since
    denied: list[str] = []
    rows: list[tuple[dict[str, t.Any], Record]] = []
    for context in contexts:
        try:
            answer = run.fetch(stream.list_request(context, since), stream.name)
            first = stream.extract_records(answer.data)
        except DeniedError as error:
            check_denied(error)
            requests += 1
            denied.append(str(error.status))
            run.reach.note_denied(error, stream.find_setting(context))
            continue
        run.summary.succeeded = True
        run.reach.note_read(stream.find_setting(context))
        keys = {name: context[name] for name in stream.context_fields}
        rows += [(context, {**keys, **row}) for row in first]
        paginator = stream.get_new_paginator()
        following = len(list(paginator.ahead(answer.response)))
        more = paginator.get_next(answer.response) is not None
        requests += 1 + (following or int(more))
        exact = exact and bool(following or not more)
        total += paginator.total(answer.response) or len(first) * (1 + following)
    notes = [] if exact else ["the API tells no total"]
    notes += [f"would be skipped: {', '.join(denied)}"] if denied else []
    yield Forecast(stream.name, requests, exact, "; ".join(notes))
    yield from _forecast_children(stream, _Sample(rows, total, whole=total == len(rows)))


def _forecast_children(stream: ApiStream, parents: _Sample) -> Iterator[Forecast]:
    for child in stream.children:
        if child.parent_field:
            yield Forecast(child.name, 0, note=f"comes with {stream.name}")
        elif not parents.rows:
            yield Forecast(child.name, parents.total, exact=False, note="one per parent at most")
        else:
            wanted = sum(_wanted(stream, child, context, row) for context, row in parents.rows)
            share = wanted / len(parents.rows)
            requests = wanted if parents.whole else math.ceil(share * parents.total)
            note = f"{wanted} of {len(parents.rows)} parents looked at have news"
            yield Forecast(child.name, requests, exact=False, note=note)
        yield from _forecast_children(child, _Sample([], 0, whole=False))


def _wanted(stream: ApiStream, child: ApiStream, context: Context, row: Record) -> bool:
    for each in stream.generate_child_contexts(row, context or None):
        return isinstance(each, ChildContext) and child.wants(each, each.parent)
    return False


def seconds(requests: int, windows: list[Window]) -> float:
    """Return the time that the budget makes a number of requests take, responses being instant."""
    waits = ((requests - 1) // window.requests * window.seconds for window in windows)
    return max(waits, default=0.0) if requests else 0.0


def print_plan(found: list[Forecast], windows: list[Window]) -> None:
    """Print a forecast as a table."""
    total = sum(each.requests for each in found)
    width = max([len(each.stream) for each in found], default=0)
    for each in found:
        about = " " if each.exact else "~"
        print(f"{each.stream:<{width}} {about}{each.requests:>6}  {each.note}".rstrip())  # noqa: T201
    about = "" if all(each.exact for each in found) else "about "
    wait = seconds(total, windows)
    print(f"{about}{total} requests; the rate limits make that at least {wait:.0f} s")  # noqa: T201
