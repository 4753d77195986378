"""The request of a later page."""

from __future__ import annotations

import typing as t

from ..errors import PaginationError

if t.TYPE_CHECKING:
    import requests


def page_request(
    first: requests.PreparedRequest, url: str, stream: str
) -> requests.PreparedRequest:
    """Return the first page's request with another address.

    Raises:
        PaginationError: If that is not a URL.
    """
    request = first.copy()
    try:
        request.prepare_url(url, None)
    except ValueError:
        message = f"A link to the next page of '{stream}' is not a URL."
        raise PaginationError(message) from None
    return request
