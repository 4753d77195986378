"""A stream map whose failure at a record names the setting, and shows nothing of the record."""

from __future__ import annotations

import typing as t

from singer_sdk.mapper import CustomStreamMap, StreamMap

from ..errors import Abandoned, ConfigError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .stream_maps import StreamMaps

R = t.TypeVar("R")


class UncomputableError(Abandoned):
    """An expression cannot be computed for a record."""


class GuardedMap(StreamMap):
    """Does what another map does.

    Args:
        inner: The other map.
        stream: Name of the stream at the source.
        maps: Finds out which expression failed.
    """

    def __init__(self, inner: CustomStreamMap, stream: str, maps: StreamMaps) -> None:
        """Take over all that the SDK asks a map for."""
        # Not the SDK's, which would flatten the schema again.
        vars(self).update(vars(inner))
        self._inner = inner
        self._stream = stream
        self._maps = maps

    def transform(self, record: dict[str, t.Any]) -> dict[str, t.Any] | None:
        """Return the record as it is emitted; None for none.

        Raises:
            UncomputableError: If an expression cannot be computed for it.
        """
        return self._try(self._inner.transform, record)

    def get_filter_result(self, record: dict[str, t.Any]) -> bool:
        """Tell whether the record is emitted.

        Raises:
            UncomputableError: If that cannot be computed for it.
        """
        return self._try(self._inner.get_filter_result, record)

    def _try(self, compute: Callable[[dict[str, t.Any]], R], record: dict[str, t.Any]) -> R:
        try:
            return compute(record)
        except Exception as error:  # noqa: BLE001 - an expression may raise anything
            place, kind = self._maps.find_failing(self._stream, record) or (
                f"stream_maps.{self._stream}",
                type(error).__name__,
            )
        raise UncomputableError(
            ConfigError(f"Setting '{place}' could not be computed for a record ({kind}).")
        )
