"""The four taps, each with the list that a hostile server is asked for."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from tap_micropledge._kit.errors import KitError as PledgeError
from tap_micropledge.tap import TapMicroPledge
from tap_miimosa._kit.errors import KitError as MiimosaError
from tap_miimosa.tap import TapMiiMosa
from tap_moco._kit.errors import KitError as MocoError
from tap_moco.tap import TapMoco
from tap_ulule._kit.errors import KitError as UluleError
from tap_ulule.tap import TapUlule

if t.TYPE_CHECKING:
    from tests.harness.run import Record

_ROWS = [{"id": 1}, {"id": 2}, {"id": 3}]


@dataclass(frozen=True)
class Program:
    """A tap.

    Attributes:
        tap: Its class.
        error: What it tells in one line.
        stream: The stream that is read.
        settings: What it needs besides the address.
        page: The whole list.
        rows: How many records that are.
    """

    tap: t.Any
    error: type[BaseException]
    stream: str
    settings: Record
    page: object
    rows: int

    @property
    def good(self) -> bytes:
        return json.dumps(self.page).encode()


_PAGES = {"projects": _ROWS, "meta": {"next": None}}
PROGRAMS = {
    "tap-moco": Program(TapMoco, MocoError, "users", {"api_key": "moco-k3y"}, _ROWS, 3),
    "tap-ulule": Program(
        TapUlule, UluleError, "search_projects", {"search_query": "sort:new"}, _PAGES, 3
    ),
    "tap-miimosa": Program(
        TapMiiMosa, MiimosaError, "projects", {"api_key": "miimosa-k3y"}, _ROWS, 3
    ),
    "tap-micropledge": Program(
        TapMicroPledge,
        PledgeError,
        "projects",
        {"project_slugs": ["my-project"]},
        {"result": "success", "name": "x"},
        1,
    ),
}
