"""What may lie behind a full page that says nothing of a next one."""

from __future__ import annotations

import typing as t
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from ..errors import ApiError
from .urls import with_query

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ..http.answer import Answer

# How APIs say that there is no such page.
_NO_SUCH_PAGE = {
    HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY,
}  # fmt: skip


def find_url_behind(url: str, rows: int) -> str | None:
    """Return the URL of the page behind one that has as many rows as were asked for, else None.

    One with more rows comes from an API that does not go by the size: the list is whole.

    Args:
        url: URL of the page, with ``limit``, or ``per_page``.
        rows: How many rows it has.
    """
    query = dict(parse_qsl(urlsplit(url).query))
    if query.get("limit") == str(rows) and (start := query.get("offset", "0")).isdecimal():
        return with_query(url, offset=int(start) + rows)
    if query.get("per_page") == str(rows) and (page := query.get("page", "1")).isdecimal():
        return with_query(url, page=int(page) + 1)
    return None


def ask(pending: Callable[[], Answer]) -> Answer | None:
    """Return the answer for a page that nobody promised; None if the API knows no such page.

    Raises:
        ApiError: If it cannot be read for another reason.
    """
    try:
        return pending()
    except ApiError as error:
        if error.status in _NO_SUCH_PAGE:
            return None
        raise
