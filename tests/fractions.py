"""Finds in a state what loaders cannot write, or Meltano cannot merge."""

from __future__ import annotations

import typing as t


def fractions(value: t.Any, path: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Return where a value, parsed from JSON, holds a number that is not whole, or null."""
    if isinstance(value, dict):
        return [found for name in value for found in fractions(value[name], f"{path}/{name}")]
    if isinstance(value, list):
        return [found for n, each in enumerate(value) for found in fractions(each, f"{path}/{n}")]
    return [path] if value is None or isinstance(value, float) else []
