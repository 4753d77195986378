"""A successful response, and what is known of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import body

if t.TYPE_CHECKING:
    import requests

    from ..encoded_rows import EncodedRows


@dataclass(frozen=True)
class Answer:
    """A successful response.

    Attributes:
        response: Status 2xx, body read and checked.
        seconds: How long it took, retries included, waits for the budget not.
        rows: Its rows, where they need not be decoded.
    """

    response: requests.Response
    seconds: float
    rows: EncodedRows | None = None

    @property
    def data(self) -> t.Any:  # noqa: ANN401
        """The decoded JSON, a list or a dictionary."""
        return body.decoded(self.response)
