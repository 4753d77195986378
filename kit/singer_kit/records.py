"""What a record and a context are."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

# One row as JSON decodes it; streams change it in place before it is emitted.
Record = dict[str, t.Any]
# Path parameters of one list, and what is added to each of its records.
Context = Mapping[str, t.Any]
# Changes a record before it is emitted; None drops it.
Transform = Callable[[Record], Record | None]
# The column in which loaders mark rows as deleted. A RECORD that has it marks its own row.
DELETED_AT = "_sdc_deleted_at"


class ChildContext(dict[str, t.Any]):
    """The context of a child stream, and the parent's record.

    The record is an attribute rather than an item: the SDK logs contexts and keeps them in the
    state, where neither a whole record nor personal data belongs.

    Attributes:
        parent: What children see of the parent's record.
    """

    def __init__(self, values: Context, parent: Record) -> None:
        """Hold the values as items and the record beside them."""
        super().__init__(values)
        self.parent = parent

    def __copy__(self) -> ChildContext:
        """Return a copy with the same parent; the SDK copies a context before each sync."""
        return ChildContext(self, self.parent)


def parent_of(context: Context | None) -> Record:
    """Return the parent's record that comes with a context; empty where none does."""
    return context.parent if isinstance(context, ChildContext) else {}
