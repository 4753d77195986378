"""The request of a later page."""

from __future__ import annotations

import copy
import re
import typing as t

from ..errors import PaginationError

# Nothing in it is ever quoted, and so nothing is unquoted either.
_PLAIN_QUERY = re.compile(r"(?:[A-Za-z0-9&=_.:,~+-]|%2[BCF]|%3[AD]|%40)+")

if t.TYPE_CHECKING:
    import requests


def page_request(
    first: requests.PreparedRequest, url: str, stream: str
) -> requests.PreparedRequest:
    """Return the first page's request with another address.

    Raises:
        PaginationError: If that is not a URL.
    """
    # Its headers are those of the first page: whoever signs a request makes a copy of them.
    request = copy.copy(first)
    if _is_prepared(url, first.url or ""):
        request.url = url
        return request
    try:
        request.prepare_url(url, None)
    except ValueError:
        message = f"A link to the next page of '{stream}' is not a URL."
        raise PaginationError(message) from None
    return request


def _is_prepared(url: str, like: str) -> bool:
    """Tell whether preparing a URL would change nothing: mostly, only its query differs.

    Args:
        url: The URL.
        like: One that is prepared.
    """
    address, _, query = url.partition("?")
    return address == like.partition("?")[0] and _PLAIN_QUERY.fullmatch(query) is not None
