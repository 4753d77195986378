"""Personal data is marked in the schemas, and listed."""

from __future__ import annotations

import importlib.util
import json
import re
import typing as t

from tests.structure import ROOT

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = {
    path: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.glob("tap-*/tap_*/schemas/*.json"))
}
SAYS = re.compile(r"\be-?mail|phone|\biban\b|birthday|\baddress", re.IGNORECASE)
# Addresses of web pages, and of shops where orders can be picked up.
OTHERS = re.compile(r"(^|\.)(slug|website)$|pickup_points?\b")
TOLD = {"boolean", "integer", "number", "null"}


def list_unmarked(schema: dict[str, t.Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and descriptions of the fields that are not marked, nor in one that is."""
    for name, definition in (schema.get("properties") or {}).items():
        if definition.get("x-personal"):
            continue
        if not set(definition.get("type", ())) <= TOLD:
            yield f"{place}{name}", definition.get("description", "")
        yield from list_unmarked(definition, f"{place}{name}.")
        yield from list_unmarked(definition.get("items") or {}, f"{place}{name}.")


def test_fields_that_say_how_to_reach_somebody_are_marked() -> None:
    wrong = [
        f"{path.parts[-4]}: {path.stem}: {name}"
        for path, schema in SCHEMAS.items()
        for name, description in list_unmarked(schema)
        if (SAYS.search(name.rpartition(".")[2]) or SAYS.search(description))
        and not OTHERS.search(name)
    ]

    assert not wrong


def test_every_stream_says_what_its_records_are() -> None:
    assert [path for path, schema in SCHEMAS.items() if not schema.get("description")] == []


def test_the_document_lists_what_the_catalogs_mark() -> None:
    place = ROOT / "docs" / "personal_data.py"
    spec = importlib.util.spec_from_file_location("personal_data", place)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.DOCUMENT.read_text(encoding="utf-8") == module.make_document()
