"""Values that a stream's schema forbids: null goes out in their place, and one line says so."""

from __future__ import annotations

import typing as t

from ..errors import ContentError

if t.TYPE_CHECKING:
    import logging

    from ..runtime.summary import RunSummary
    from .spec import ListSpec


class UnreadableValues:
    """Counts the values of one stream that became null.

    Args:
        spec: What the stream declares.
        summary: Counts them.
        logger: Where the first one of each field is told.
    """

    def __init__(self, spec: ListSpec, summary: RunSummary, logger: logging.Logger) -> None:
        """Count nothing yet."""
        self._spec = spec
        self._summary = summary
        self._logger = logger

    def note(self, field: str) -> None:
        """Count a value that became null, and say so once.

        Raises:
            ContentError: If it is a part of the key.
        """
        stream = self._spec.stream
        if field in self._spec.primary_keys and field not in self._spec.key_placeholders:
            raise ContentError(f"A record of '{stream}' has a '{field}' that its schema forbids.")
        if self._summary.nulled(stream, field) == 1:
            self._logger.warning(
                "'%s' of '%s' holds a value that its schema forbids: null in its place.",
                field,
                stream,
            )
