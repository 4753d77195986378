"""The record that marks a row as deleted: what it holds, whatever a catalog selects."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness import catalog as catalogs
from tests.kit.library import Library
from tests.kit.running import Run, run_tap
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer


def select(*deselected: str) -> dict[str, t.Any]:
    """Return a catalog of authors and books, made without looking for deleted rows."""
    catalog = catalogs.select(TinyTap, "authors", "books")
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if each["breadcrumb"] and each["breadcrumb"][-1] in deselected:
                each["metadata"]["selected"] = False
    return catalog


def lose_a_book(server: ScriptedServer, catalog: dict[str, t.Any]) -> Run:
    server.app = library = Library.of(authors=1, books=3, reviews=0)
    streams = ["authors", "books"]
    first = run_tap(server.url, streams, catalog=catalog, detect=True)
    del library.books["1"][2]
    library.authors[0]["books_count"] = 2
    return run_tap(server.url, streams, catalog=catalog, state=first.state, detect=True)


def test_it_has_no_column_that_the_catalog_deselects(server: ScriptedServer) -> None:
    run = lose_a_book(server, select("name", "author_id", "updated_at"))

    (gone,) = (row for row in run.records["books"] if row.get("_sdc_deleted_at"))
    assert gone["id"] == 103
    assert gone.keys() == run.schemas["books"]["schema"]["properties"].keys()
    assert not {"name", "author_id", "updated_at"} & gone.keys()


@pytest.mark.parametrize("named", [True, False])
def test_its_mark_goes_out_though_a_catalog_does_not_select_it(
    server: ScriptedServer, *, named: bool
) -> None:
    """In a row without the mark, a loader would take the nulls for the row's new values."""
    catalog = select()
    mark = {"type": ["string", "null"], "format": "date-time"}
    off = {"breadcrumb": ["properties", "_sdc_deleted_at"], "metadata": {"selected": False}}
    for entry in catalog["streams"] if named else ():
        entry["schema"]["properties"]["_sdc_deleted_at"] = mark
        entry["metadata"].append(off)

    run = lose_a_book(server, catalog)

    assert [row["id"] for row in run.records["books"] if row.get("_sdc_deleted_at")] == [103]
    assert "_sdc_deleted_at" in run.schemas["books"]["schema"]["properties"]


@pytest.mark.parametrize(
    "expressions",
    [{"__filter__": "int(name) > 1"}, {"cents": "int(name) * 100"}, {"title": "name.upper()"}],
)
def test_a_map_that_cannot_be_computed_for_it_ends_no_run(
    server: ScriptedServer, expressions: dict[str, str]
) -> None:
    server.app = library = Library.of(authors=1, books=3, reviews=0)
    for book in library.books["1"]:
        book["name"] = "22"
    streams = ["authors", "books"]
    settings = {"detect": True, "stream_maps": {"books": expressions}}
    first = run_tap(server.url, streams, **settings)
    assert len(first.records["books"]) == 3
    del library.books["1"][2]
    library.authors[0]["books_count"] = 2

    run = run_tap(server.url, streams, state=first.state, **settings)

    assert run.error is None
    assert "the target is not told that it is gone" in run.log
