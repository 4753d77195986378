"""What the control endpoint can switch while the sandbox runs."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, fields, replace

if t.TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES = {
    "date": ("real", "world"),
    "ulule_reset": ("epoch", "duration"),
    "ulule_private_status": (401, 404),
    "ulule_rotate_refresh": (0, 1),
    "miimosa_links": ("absolute", "relative"),
    "miimosa_authorization": ("any", "plain", "token"),
}


NAMES = ("moco_missing",)


@dataclass(frozen=True)
class Options:
    """Times are in milliseconds or, where the API says so, in seconds."""

    latency_ms: float = 0
    jitter_ms: float = 0
    ulule_reset: str = "epoch"
    ulule_private_status: int = 401
    ulule_expires_in: int = 36000
    ulule_rotate_refresh: int = 0
    miimosa_links: str = "absolute"
    miimosa_authorization: str = "any"
    date: str = "real"
    moco_missing: tuple[str, ...] = ("planned_purchases", "todos")

    def changed(self, values: Mapping[str, t.Any]) -> Options:
        """Return these options with some of them set.

        Raises:
            ValueError: an option is unknown or its value not possible.
        """
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown option {name}")
            if name in CHOICES:
                if value not in CHOICES[name]:
                    raise ValueError(f"{name} must be one of {CHOICES[name]}")
            elif name in NAMES:
                if not isinstance(value, list | tuple) or not all(
                    isinstance(each, str) for each in value
                ):
                    raise ValueError(f"{name} must be a list of names")
            elif not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{name} must be a number from 0")
        return replace(self, **values)
