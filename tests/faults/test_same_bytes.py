"""The short ways of reading and writing records give the same bytes as the SDK's whole way.

Every stream of every tap, with everything selected and with properties deselected, also nested
ones and unknown ones; only the time of extraction may differ.
"""

from __future__ import annotations

import importlib
import json
import re
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.harness.catalog import select
from tests.harness.run import run_tap

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

TAPS = {
    "tap_moco": ("TapMoco", {"api_key": "sandbox-moco-key"}),
    "tap_ulule": (
        "TapUlule",
        {"auth_method": "api_key", "api_key": "sandbox-ulule-key", "search_query": "sort:new"},
    ),
    "tap_miimosa": ("TapMiiMosa", {"api_key": "sandbox-miimosa-key"}),
    "tap_micropledge": ("TapMicroPledge", {}),
}
# The taps that have lists whose rows go out as they came.
STAYS_ENCODED = {"tap_moco", "tap_ulule"}
# Besides the time, MOCO's signed links differ at every read.
VOLATILE = re.compile(r',"time_extracted":"[^"]*"|\?ex=[^"]*')


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.1) as box:
        yield box


def make_config(module: str, box: RunningSandbox) -> Record:
    api = module.removeprefix("tap_")
    config: Record = {**TAPS[module][1], "api_url": f"{box.url}/{api}"}
    config["api_url"] += {"moco": "/api/v1", "ulule": "/v1"}.get(api, "")
    config |= {"rate_limits": [], "concurrency": 1}
    if api == "ulule":
        config["discussions_url"] = f"{box.url}/ulule/discussions"
    if api == "micropledge":
        rows = box.control("GET", "/world/micropledge/projects")["records"]
        config["project_slugs"] = [row["project_slug"] for row in rows]
    if api == "miimosa":
        rows = box.control("GET", "/world/miimosa/wallets")["records"]
        config["users"] = [{"email": row["user_email"]} for row in rows]
    return config


def run_module(module: str, config: Record, catalog: Record, state: Record | None = None) -> Run:
    """Run a tap of this repository by the name of its module."""
    tap_class = getattr(importlib.import_module(f"{module}.tap"), TAPS[module][0])
    errors = importlib.import_module(f"{module}._kit.errors")
    return run_tap(tap_class, config, expected=errors.KitError, catalog=catalog, state=state)


def list_lines(
    module: str, config: Record, *, whole_way: bool, catalog: Record
) -> tuple[list[str], int]:
    """RECORD messages without the time of extraction, and how many pages stayed encoded."""
    output = importlib.import_module(f"{module}._kit.singer.output")
    pages = importlib.import_module(f"{module}._kit.reading.encoded_pages")
    with pytest.MonkeyPatch.context() as patch:
        # Lists of the sandbox are short: the first page is read as later ones are.
        patch.setattr(pages, "FIRST", 0)
        kept: list[object] = []
        read = pages.EncodedPages.read

        def spy(self: object, response: object) -> object:
            rows = read(self, response)
            kept.extend([rows] if rows is not None else [])
            return rows

        patch.setattr(pages.EncodedPages, "read", spy)
        if whole_way:
            patch.setattr(output, "is_plain", lambda _: False)
        run = run_module(module, config, catalog)
    assert run.error is None
    lines = [VOLATILE.sub("", line) for line in run.out.splitlines() if '"RECORD"' in line]
    return lines, len(kept)


def make_catalog(module: str, config: Record) -> Record:
    """The catalog that a tap discovers, with every stream selected."""
    tap_class = getattr(importlib.import_module(f"{module}.tap"), TAPS[module][0])
    return select(tap_class, catalog=json.loads(tap_class(config=dict(config)).catalog_json_text))


def deselect(catalog: Record) -> int:
    """Deselect every third property that may be, nested ones included; return how many."""
    count = 0
    for stream in catalog["streams"]:
        optional = [e for e in stream["metadata"] if e["metadata"].get("inclusion") == "available"]
        for entry in [e for e in optional if e["breadcrumb"]][::3]:
            entry["metadata"]["selected"] = False
            count += 1
    return count


@pytest.mark.parametrize("module", TAPS)
@pytest.mark.parametrize("all_selected", [True, False])
def test_the_short_way_writes_what_the_sdk_would(
    module: str,
    all_selected: bool,  # noqa: FBT001 - a parameter of the test
    box: RunningSandbox,
) -> None:
    config = make_config(module, box)
    catalog = make_catalog(module, config)
    deselected = 0 if all_selected else deselect(catalog)

    short, kept = list_lines(module, config, whole_way=False, catalog=catalog)
    whole, _ = list_lines(module, config, whole_way=True, catalog=catalog)

    assert short == whole
    assert len(short) > 20
    if all_selected:
        assert bool(kept) is (module in STAYS_ENCODED)
    else:
        assert deselected > 5
        names = {
            (stream["tap_stream_id"], entry["breadcrumb"][1])
            for stream in catalog["streams"]
            for entry in stream["metadata"]
            if len(entry["breadcrumb"]) == 2 and entry["metadata"].get("selected") is False
        }
        for line in short:
            message = json.loads(line)
            out = {(message["stream"], name) for name in message["record"]}
            assert not out & names
