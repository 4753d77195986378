"""The lists of MOCO and Ulule that the benchmark server has, as every program knows them."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOCO, ULULE = "/moco/api/v1", "/ulule/v1"
PROJECT = 41001


@dataclass(frozen=True)
class ApiList:
    """A list of an API.

    Attributes:
        name: Of the stream.
        package: Of the tap.
        path: Below the server's URL.
        query: Of the first page.
        size: Records of a page.
        envelope: Key of the records in the answer; None where the answer is the list.
        bookmark: Timestamp by which the list can be read incrementally, if it can.
    """

    name: str
    package: str
    path: str
    query: str
    size: int
    envelope: str | None = None
    bookmark: str | None = None

    @property
    def first_page(self) -> str:
        """Path and query of the first page."""
        return f"{self.path}?{self.query}"

    def schema(self) -> dict[str, t.Any]:
        """Return the JSON schema of the records, that of the tap."""
        folder = ROOT / self.package.replace("_", "-") / self.package / "schemas"
        found: dict[str, t.Any] = json.loads((folder / f"{self.name}.json").read_text("utf-8"))
        return found


def _moco(name: str) -> ApiList:
    """Return a list in pages that the Link header names."""
    path = f"{MOCO}/{name}"
    return ApiList(name, "tap_moco", path, "per_page=100", size=100, bookmark="updated_at")


def _ulule(name: str) -> ApiList:
    """Return a list of a project, in pages that ``meta.next`` names."""
    path = f"{ULULE}/projects/{PROJECT}/{name}"
    return ApiList(f"project_{name}", "tap_ulule", path, "limit=20", size=20, envelope=name)


LISTS = {
    each.name: each
    for each in (_moco("activities"), _moco("projects"), _ulule("orders"), _ulule("comments"))
}
