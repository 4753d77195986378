"""Fields that no SCHEMA declares go out in a column of their own, or as the setting says."""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply
from tests.kit.test_values import Typed
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

LOAN: dict[str, t.Any] = {"id": 1, "text": "a", "region": "Nord", "company": {"id": 5, "vat": "x"}}
DECLARED = {"id": 1, "text": "a", "company": {"id": 5, "vat": "x"}}
MODES = ["column", "pass", "drop"]


def read(server: ScriptedServer, *rows: object, **options: t.Any) -> Run:  # noqa: ANN401
    """Read loans, of which the first page is as usual and the second one has these rows."""

    def app(call: Call) -> object:
        if call.path != "/loans":
            return Reply(status=404)
        if "page" in call.query:
            return list(rows)
        return Reply([{"id": 9, "text": "z"}], headers={"Link": '</loans?page=2>; rel="next"'})

    server.app = app
    run = run_tap(server.url, ["loans"], tap_class=Typed, **options)
    assert run.error is None, run.error
    return run


def make_catalog(
    *fields: str, deselect: t.Iterable[t.Sequence[str]] = (), **settings: str
) -> dict[str, t.Any]:
    """Return the catalog of loans.

    Args:
        fields: Those that its schema has; all by default.
        deselect: Paths of the fields that its metadata deselect.
        settings: The settings of its discovery.
    """
    tap = Typed(config={"api_url": "http://localhost", **settings})
    found: dict[str, t.Any] = copy.deepcopy(tap.catalog_dict)
    (entry,) = (each for each in found["streams"] if each["tap_stream_id"] == "loans")
    properties = entry["schema"]["properties"]
    for name in set(properties) - set(fields or properties):
        del properties[name]
        entry["metadata"] = [m for m in entry["metadata"] if m["breadcrumb"][1:2] != [name]]
    for path in deselect:
        breadcrumb = [part for name in path for part in ("properties", name)]
        (metadata,) = (m["metadata"] for m in entry["metadata"] if m["breadcrumb"] == breadcrumb)
        metadata["selected"] = False
    return {"streams": [entry]}


def names(run: Run) -> list[str]:
    """Return the undeclared fields that a summary names."""
    found: list[str] = run.summary["streams"]["loans"].get("unknown_fields", [])
    return found


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("column", {**DECLARED, "_extra": {"region": "Nord"}}),
        ("pass", LOAN),
        ("drop", DECLARED),
    ],
)
def test_undeclared_fields_go_where_the_setting_says(
    server: ScriptedServer, mode: str, expected: dict[str, t.Any]
) -> None:
    run = read(server, LOAN, {"id": 2, "text": "b"}, unknown_fields=mode)

    usual = {"id": 9, "text": "z"}
    assert run.records["loans"] == [usual, expected, {"id": 2, "text": "b"}]
    properties = run.schemas["loans"]["schema"]["properties"]
    assert ("_extra" in properties) == (mode == "column")
    assert names(run) == ["region"]


def test_where_nothing_is_undeclared_nothing_is_said(server: ScriptedServer) -> None:
    run = read(server, DECLARED)

    assert run.records["loans"][1:] == [DECLARED]
    assert names(run) == []


def test_the_column_is_the_default(server: ScriptedServer) -> None:
    assert read(server, LOAN).records["loans"][1]["_extra"] == {"region": "Nord"}


@pytest.mark.parametrize("mode", MODES)
def test_a_catalog_of_two_fields_lets_no_others_through(server: ScriptedServer, mode: str) -> None:
    """Neither those that the tap knows nor others; the summary names only these."""
    catalog = make_catalog("id", "text", unknown_fields=mode)

    run = read(server, LOAN, catalog=catalog, unknown_fields=mode)

    assert run.records["loans"][1:] == [{"id": 1, "text": "a"}]
    assert names(run) == ["region"]


@pytest.mark.parametrize("mode", MODES)
def test_deselecting_a_field_lets_no_undeclared_ones_pass(
    server: ScriptedServer, mode: str
) -> None:
    catalog = make_catalog(deselect=[["text"]], unknown_fields=mode)

    run = read(server, LOAN, catalog=catalog, unknown_fields=mode)

    (record,) = run.records["loans"][1:]
    expected = {"id": 1, "company": LOAN["company"]}
    assert record == ({**expected, "_extra": {"region": "Nord"}} if mode == "column" else expected)


def test_the_column_can_be_deselected(server: ScriptedServer) -> None:
    run = read(server, LOAN, catalog=make_catalog(deselect=[["_extra"]]))

    assert run.records["loans"][1:] == [DECLARED]
    assert "_extra" not in run.schemas["loans"]["schema"]["properties"]
    assert names(run) == ["region"]


def test_a_catalog_from_before_the_column_has_none(server: ScriptedServer) -> None:
    run = read(server, LOAN, catalog=make_catalog(unknown_fields="drop"))

    assert run.records["loans"][1:] == [DECLARED]


def test_a_column_that_a_catalog_adds_is_declared(server: ScriptedServer) -> None:
    """As with the extra ``schema`` of a Meltano project."""
    catalog = make_catalog()
    schema = catalog["streams"][0]["schema"]
    schema["properties"]["region"] = {"type": ["string", "null"]}

    run = read(server, {**LOAN, "odd": 1}, catalog=catalog)

    assert run.records["loans"][1:] == [{**LOAN, "_extra": {"odd": 1}}]


@pytest.mark.parametrize("mode", MODES)
def test_deselecting_a_field_of_an_object_lets_no_undeclared_ones_of_it_pass(
    server: ScriptedServer, mode: str
) -> None:
    catalog = make_catalog(deselect=[["company", "name"]], unknown_fields=mode)
    company = {"id": 5, "name": "n", "vat": "x"}

    run = read(server, {"id": 1, "company": company}, catalog=catalog, unknown_fields=mode)

    (record,) = run.records["loans"][1:]
    assert record["company"] == {"id": 5}
    assert record.get("_extra") == ({"company": {"vat": "x"}} if mode == "column" else None)


def test_a_key_goes_out_whatever_the_catalog_says(server: ScriptedServer) -> None:
    catalog = make_catalog("text")

    assert read(server, LOAN, catalog=catalog).records["loans"][1:] == [{"id": 1, "text": "a"}]


def test_a_field_that_has_the_name_of_the_column_is_undeclared_too(server: ScriptedServer) -> None:
    run = read(server, {"id": 1, "_extra": "x"})

    assert run.records["loans"][1:] == [{"id": 1, "_extra": {"_extra": "x"}}]


@pytest.mark.parametrize(
    "maps", [{"loans": {"upper": "record['text'].upper()"}}, {"loans": {"__alias__": "loans"}}]
)
def test_stream_maps_see_the_column(server: ScriptedServer, maps: dict[str, t.Any]) -> None:
    run = read(server, LOAN, stream_maps=maps)

    (record,) = run.records["loans"][1:]
    assert record["_extra"] == {"region": "Nord"}
    assert "region" not in record


def test_flattened_records_have_no_field_that_their_schema_has_not(server: ScriptedServer) -> None:
    rows = [LOAN, {"id": 2, "company": None, "free": {"a": {"b": 1}}}]

    run = read(server, *rows, flattening_enabled=True, flattening_max_depth=1)

    properties = run.schemas["loans"]["schema"]["properties"].keys()
    assert all(record.keys() <= properties for record in run.records["loans"])
    assert run.records["loans"][1]["_extra"] == '{"region":"Nord","company":{"vat":"x"}}'
    assert run.records["loans"][1]["company__id"] == 5


def test_names_that_may_be_values_are_only_counted(server: ScriptedServer) -> None:
    many = {f"f{number:02}": 1 for number in range(60)}

    few = read(server, {"id": 1, "region": 1, "erika@example.org": 1, "": 1})
    run = read(server, {"id": 1, **many})

    assert names(few) == ["region", "and 2 more"]
    assert names(run) == [*sorted(many)[:50], "and 10 more"]
    assert "erika" not in few.log
    assert few.records["loans"][1]["_extra"]["erika@example.org"] == 1


def test_values_are_put_right_in_the_column_as_well(server: ScriptedServer) -> None:
    body = b'[{"id": 1, "n": NaN, "m": [1e400, {"x": -Infinity}], "t": "a\\u0000b \\ud83d"}]'
    server.app = lambda call: Reply(body) if call.path == "/loans" else []

    run = run_tap(server.url, ["loans"], tap_class=Typed)

    extra = {"n": None, "m": [None, {"x": None}], "t": "ab \ufffd"}
    assert run.records["loans"] == [{"id": 1, "_extra": extra}]


@pytest.mark.parametrize("mode", MODES)
def test_children_are_read_by_undeclared_fields_of_their_parents(
    server: ScriptedServer, mode: str
) -> None:
    """Those that say whether there is anything, and those that hold the children."""

    def app(call: Call) -> object:
        if call.path == "/authors":
            return [
                {"id": 1, "books_count": 0, "awards": [{"id": 7}]},
                {"id": 2, "books_count": 1, "awards": []},
            ]
        return {"books": [{"id": 5}]} if call.path == "/authors/2/books" else Reply(status=500)

    server.app = app
    streams = ["authors", "awards", "books"]
    maps = {"authors": {"__filter__": "record['id'] > 0 and 'name' not in record"}}

    plain = run_tap(server.url, streams, unknown_fields=mode)
    mapped = run_tap(server.url, streams, unknown_fields=mode, stream_maps=maps)

    for run in (plain, mapped):
        assert run.error is None
        assert run.ids("awards") == [7]
        assert run.ids("books") == [5]


def test_a_filter_decides_on_what_goes_out_for_children_too(server: ScriptedServer) -> None:
    def app(call: Call) -> object:
        if call.path == "/authors":
            return [{"id": 1, "region": "Nord"}, {"id": 2, "region": "Süd"}, {"id": 3}]
        return {"books": [{"id": int(call.path.split("/")[2]) * 10}]}

    server.app = app
    expression = "(record.get('_extra') or {}).get('region') == 'Süd'"
    maps = {"authors": {"__filter__": expression}}

    run = run_tap(server.url, ["authors", "books"], stream_maps=maps, tap_class=TinyTap)

    assert run.error is None
    assert run.ids("authors") == [2]
    assert run.ids("books") == [20]
