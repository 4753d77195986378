"""Ulule's three ways of paging."""

from __future__ import annotations

import typing as t

from sandbox.wire import Call, Record, query_string
from sandbox.world.clock import NANOS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.apis.ulule.view import View

LIMIT = 20
SEARCH_LIMIT = 16
SINCE_CURSOR_FROM = "2019-04-11"
"""From which version on a list that pages by `since` does so unasked. Assumed: the newer documents
describe the style but no dated change names it."""


class BadParameterError(ValueError):
    """A parameter that is answered with 422; the first argument is its name."""


def _number(call: Call, name: str, default: int, least: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise BadParameterError(name)
    return int(text)


def _limit(call: Call, default: int) -> int:
    """The page size; above the documented maximum it is cut, as clients asking for 100 saw."""
    return min(_number(call, "limit", default, 1), LIMIT)


def _next(call: Call, changed: dict[str, int]) -> str:
    """The query string of another page: the request's own, with some values changed."""
    kept = [(name, value) for name, value in call.pairs if name not in changed]
    return "?" + query_string([*kept, *((name, str(value)) for name, value in changed.items())])


def by_offset(call: Call, rows: Sequence[t.Any]) -> tuple[Sequence[t.Any], Record]:
    """Page by limit and offset, with a total."""
    limit, offset = _limit(call, LIMIT), _number(call, "offset", 0, 0)
    more, less = offset + limit < len(rows), offset > 0
    following = _next(call, {"limit": limit, "offset": offset + limit})
    preceding = _next(call, {"limit": limit, "offset": max(0, offset - limit)})
    return rows[offset : offset + limit], {
        "limit": limit,
        "offset": offset,
        "total_count": len(rows),
        "next": following if more else None,
        "previous": preceding if less else None,
    }


def by_search_offset(call: Call, rows: Sequence[t.Any]) -> tuple[Sequence[t.Any], Record]:
    """Page as a search does: 16 by default and no total."""
    limit, offset = _limit(call, SEARCH_LIMIT), _number(call, "offset", 0, 0)
    following = _next(call, {"limit": limit, "offset": offset + limit})
    more = offset + limit < len(rows)
    return rows[offset : offset + limit], {
        "limit": limit,
        "offset": offset,
        "next": following if more else None,
    }


def by_since(
    call: Call, rows: Sequence[t.Any], moment: Callable[[t.Any], int]
) -> tuple[Sequence[t.Any], Record]:
    """Page newest first by a cursor of whole seconds: rows created before it.

    The cursor is the second after the last row's, so rows of that second come again, and a page
    full of one second never ends: the cursor has no finer resolution.
    """
    limit = _limit(call, LIMIT)
    since = _number(call, "since", 0, 0)
    if "since" in call.query:
        rows = [row for row in rows if moment(row) < since * NANOS]
    shown = rows[:limit]
    cursor = moment(shown[-1]) // NANOS + 1 if shown else 0
    following = _next(call, {"limit": limit, "since": cursor})
    return shown, {"limit": limit, "next": following if len(rows) > limit else None}


def page(
    call: Call, view: View, rows: Sequence[t.Any], moment: Callable[[t.Any], int] | None
) -> tuple[Sequence[t.Any], Record]:
    """Page a list that newer versions page by `since`, if its rows have a moment."""
    newer = view.at_least(SINCE_CURSOR_FROM) and "offset" not in call.query
    if moment and (newer or "since" in call.query):
        return by_since(call, rows, moment)
    return by_offset(call, rows)
