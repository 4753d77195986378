"""What tests ask of a running sandbox."""

from __future__ import annotations

import json
import typing as t

from tests.harness.run import make_key

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record


def list_world(box: RunningSandbox, api: str, stream: str) -> list[Record]:
    """Return all rows of a stream as the sandbox has them now."""
    rows: list[Record] = box.control("GET", f"/world/{api}/{stream}")["records"]
    return rows


def key_world(box: RunningSandbox, api: str, stream: str) -> dict[tuple[str, ...], Record]:
    """Return all rows of a stream as the sandbox has them now, by key."""
    found = box.control("GET", f"/world/{api}/{stream}")
    return {make_key(row, found["key"]): row for row in found["records"]}


def count_paths(box: RunningSandbox, api: str) -> dict[str, int]:
    """Return how often each path of an API was asked for."""
    found: dict[str, int] = box.control("GET", "/stats")[api]["by_path"]
    return found


def answer_with(
    box: RunningSandbox,
    api: str,
    path: str,
    body: object,
    headers: Record | None = None,
    **more: t.Any,  # noqa: ANN401
) -> None:
    """Let the sandbox answer a path with a body of the test's."""
    fault = {"api": api, "path": path, "kind": "status", "status": 200, "times": None}
    text = body if isinstance(body, str) else json.dumps(body)
    box.control("POST", "/faults", {**fault, "body": text, "headers": headers or {}, **more})
