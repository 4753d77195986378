"""Remembers how far the demo came, so that a run that was killed is continued, not repeated."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict, dataclass, field

from demo import places


@dataclass
class Progress:
    """How far the demo came.

    Attributes:
        run: Number of the run, from 1; the world has moved ``run - 1`` times by then.
        complete: Whether that run came to its end.
        keys: Keys per table at the end of the last complete run, by ``schema.table``.
    """

    run: int = 1
    complete: bool = False
    keys: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Progress:
        """Return what the last run left, or a fresh start."""
        if not places.PROGRESS.exists():
            return cls()
        stored: dict[str, t.Any] = json.loads(places.PROGRESS.read_text(encoding="utf-8"))
        return cls(**stored)

    def save(self) -> None:
        """Write it, whole or not at all."""
        draft = places.PROGRESS.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(places.PROGRESS)
