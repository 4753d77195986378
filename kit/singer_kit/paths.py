"""Paths with ids in them: what an API sent as an id names one thing, and leads nowhere else."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from .errors import ContentError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# All that RFC 3986 allows in a part of a path.
_PLAIN = "!$&'()*+,;=:@~"


def fill_path(path: str, values: Mapping[str, t.Any]) -> str:
    """Return a path with its placeholders filled, each by one part.

    Args:
        path: Such as ``/projects/{project_id}/tasks``.
        values: Numbers and texts by the names of the placeholders.

    Raises:
        ContentError: If a value is no id, such as an object or "..".
    """

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        value = values[name]
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ContentError(f"A {name} in an answer is neither a number nor a text.")
        text = str(value)
        if text in {"", ".", ".."}:
            raise ContentError(f"A {name} in an answer cannot be part of an address.")
        return quote(text, safe=_PLAIN)

    return _PLACEHOLDER.sub(fill, path)
