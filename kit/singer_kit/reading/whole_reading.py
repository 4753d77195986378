"""A list that was read to its end, to be compared with what is known of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ..records import Context, Record
    from ..state.known_keys import Key
    from .rows import RowPipeline


@dataclass(frozen=True)
class WholeReading:
    """A list that was read to its end.

    Attributes:
        name: Names the list in state and logs.
        context: Path parameters.
        parent: The parent's record.
        known: The keys that it held before.
        rows: The pipeline through which its rows went, and that knows their keys.
        counted: Whether as many rows came as there are.
    """

    name: str
    context: Context
    parent: Record
    known: frozenset[Key]
    rows: RowPipeline
    counted: bool


def of_list(name: str) -> str:
    """Return how a list is named in a message; nothing where a stream has only one."""
    return f" of {name}" if name else ""
