"""MOCO's pages: numbers of rows, and the headers that tell of the other pages."""

from __future__ import annotations

import math
import typing as t

from sandbox.wire import query_string

if t.TYPE_CHECKING:
    from sandbox.wire import Call

PER_PAGE = 100


def page(call: Call, total: int) -> tuple[dict[str, str], slice]:
    """Return the headers of the page that is asked for, and which rows of a total it shows."""
    number = _number(call.query.get("page"), 1)
    per_page = min(_number(call.query.get("per_page"), PER_PAGE), PER_PAGE)
    headers = {"X-Page": str(number), "X-Per-Page": str(per_page), "X-Total": str(total)}
    link = links(call, number, math.ceil(total / per_page))
    if link:
        headers["Link"] = link
    return headers, slice((number - 1) * per_page, number * per_page)


def _number(text: str | None, default: int) -> int:
    """Read a page or page size; what is not a positive number counts as not given. Assumed."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else default


def links(call: Call, page: int, last: int) -> str:
    """The Link header in the recorded form: parameters sorted by name, last before next."""
    if last <= 1:
        return ""
    pages: dict[str, int] = {}
    if page > 1:
        pages |= {"first": 1, "prev": page - 1}
    if page < last:
        pages |= {"last": last, "next": page + 1}
    others = [(name, value) for name, value in call.pairs if name != "page"]
    return ", ".join(
        f"<{call.base}{call.path}?"
        f"{query_string(sorted([*others, ('page', str(number))], key=lambda pair: pair[0]))}>"
        f'; rel="{relation}"'
        for relation, number in pages.items()
    )
