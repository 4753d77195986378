"""Faults that a test asks for: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.wire import Call, Record

KINDS = (
    "status", "delay", "drip", "reset_before", "reset_after", "timeout_after", "truncate",
    "body", "redirect", "huge", "close_idle", "empty", "revoked",
)  # fmt: skip

UNPROCESSED = frozenset({"status", "reset_before", "redirect", "huge"})
"""The kinds that keep the request from the API: nothing is stored."""


@dataclass
class Fault:
    """One fault; README.md describes the kinds and which members they read."""

    kind: str
    api: str | None = None
    method: str | None = None
    path: str | None = None
    query: Mapping[str, str | None] = field(default_factory=dict)
    skip: int = 0
    times: int | None = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = "application/json"
    seconds: float = 1.0
    location: str = ""
    size: int = 0

    def matches(self, api: str, call: Call) -> bool:
        """Whether a request is one that the fault is about; a path with ^ is a pattern.

        Paths count from the API's prefix on, or from the server's root.
        """
        if self.api not in {None, api} or self.method not in {None, call.method}:
            return False
        if self.path is not None:
            pattern = self.path.startswith("^")
            paths = (call.path, urlsplit(call.base).path + call.path)
            if not any(
                re.search(self.path, path) if pattern else path.startswith(self.path)
                for path in paths
            ):
                return False
        return all(
            name in call.query and value in {None, call.query[name]}
            for name, value in self.query.items()
        )


TYPES: Mapping[str, tuple[type, ...]] = {
    "kind": (str,), "api": (str,), "method": (str,), "path": (str,), "query": (dict,),
    "skip": (int,), "times": (int, type(None)), "status": (int,), "headers": (dict,),
    "body": (str, type(None)), "content_type": (str,), "seconds": (int, float),
    "location": (str,), "size": (int,),
}  # fmt: skip


def parse_fault(value: object) -> Fault:
    """Read a fault from the control endpoint.

    Raises:
        ValueError: a member is unknown or its value not possible.
    """
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"a fault is an object whose kind is one of {', '.join(KINDS)}")
    for name, given in value.items():
        if name not in TYPES:
            raise ValueError(f"unknown member {name}")
        if not isinstance(given, TYPES[name]) or isinstance(given, bool):
            raise ValueError(f"{name} has the wrong type")  # noqa: TRY004 - answered with 400
    fault = Fault(**value)
    if fault.path is not None and fault.path.startswith("^"):
        try:
            re.compile(fault.path)
        except re.error:
            raise ValueError("path is not a regular expression") from None
    return fault


class Faults:
    """The faults in force, in the order in which they were asked for."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Lift all faults."""
        self._faults.clear()

    def listing(self) -> list[Record]:
        """The faults with what is left of `skip` and `times`."""
        return [asdict(fault) for fault in self._faults]

    def take(self, api: str, call: Call) -> Fault | None:
        """The fault that this request meets, if any; it is used up by that."""
        for fault in self._faults:
            if fault.times == 0 or not fault.matches(api, call):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None
