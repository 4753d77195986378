"""Values that are not what the SCHEMA says are put right, or null: no RECORD breaks its SCHEMA."""

from __future__ import annotations

import json
import typing as t

import jsonschema_rs
import pytest

from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": ["integer"]},
        "whole": {"type": ["integer", "null"]},
        "amount": {"type": ["number", "null"]},
        "open": {"type": ["boolean", "null"]},
        "text": {"type": ["string", "null"]},
        "either": {"type": ["integer", "string", "null"]},
        "day": {"type": ["string", "null"], "format": "date"},
        "updated_at": {"type": ["string", "null"], "format": "date-time"},
        "written_at": {"type": ["string", "null"], "format": "date-time"},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "free": {"type": ["object", "null"], "additionalProperties": True},
        "rates": {"type": ["object", "null"], "additionalProperties": {"type": ["number", "null"]}},
        "company": {
            "type": ["object", "null"],
            "minProperties": 1,
            "properties": {"id": {"type": ["integer", "null"]}, "name": {"type": "string"}},
        },
        "items": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {
                    "at": {"type": ["string", "null"], "format": "date-time"},
                    "price": {"type": ["number", "null"]},
                },
            },
        },
    },
}
SECRET = "Erika Mustermann"


class Schemas:
    def get_schema(self, name: str) -> dict[str, t.Any]:  # noqa: ARG002 - one for all
        return SCHEMA


class Typed(TinyTap):
    """Whose schema has a field of each kind."""

    schemas = Schemas()  # type: ignore[assignment]


def read(server: ScriptedServer, *rows: dict[str, t.Any] | bytes, **settings: t.Any) -> Run:  # noqa: ANN401
    """Read loans, of which the first page is as usual and the second one has these rows."""

    def app(call: Call) -> object:
        if call.path == "/loans" and "page" not in call.query:
            usual = [{"id": 1, "amount": 1, "updated_at": "2026-01-02T03:04:05Z"}]
            return Reply(usual, headers={"Link": '</loans?page=2>; rel="next"'})
        body = b",".join(r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows)
        return Reply(b"[" + body + b"]")

    server.app = app
    return run_tap(server.url, ["loans"], tap_class=Typed, **settings)


def check(run: Run) -> None:
    """Hold each record against the schema that went out before it."""
    assert run.error is None
    schema = run.schemas["loans"]["schema"]
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    for record in run.records["loans"]:
        validator.validate(record)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("whole", 5400.0, 5400),
        ("whole", "5400", 5400),
        ("whole", "5400.0", 5400),
        ("whole", " 12 ", 12),
        ("amount", "1,5", 1.5),
        ("amount", " 12 ", 12),
        ("amount", "1 234,50", 1234.5),
        ("amount", "1\u202f234,50", 1234.5),
        ("amount", "1.234,50", 1234.5),
        ("amount", "1,234.50", 1234.5),
        ("amount", "1'234.50", 1234.5),
        ("amount", "1.234.567", 1234567),
        ("amount", "-1e3", -1000.0),
        ("amount", "", None),
        ("open", 1, True),
        ("open", 0, False),
        ("open", 1.0, True),
        ("open", "true", True),
        ("open", "False", False),
        ("open", "0", False),
        ("text", 7, "7"),
        ("text", 7.5, "7.5"),
        ("text", True, "true"),
        ("text", [], None),
        ("text", {}, None),
        ("either", 7.0, 7),
        ("either", True, "true"),
        ("day", "2024-01-02T23:30:00+02:00", "2024-01-02"),
        ("day", "2024-1-2", "2024-01-02"),
        ("day", "20240102", "2024-01-02"),
        ("day", 1704164645, "2024-01-02"),
        ("day", "", None),
        ("written_at", "2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05Z"),
        ("written_at", "2024-01-02 03:04:05Z", "2024-01-02T03:04:05Z"),
        ("written_at", "2024-01-02T03:04:05", "2024-01-02T03:04:05Z"),
        ("written_at", "2024-01-02t03:04:05z", "2024-01-02T03:04:05Z"),
        ("written_at", "2024-01-02 03:04", "2024-01-02T03:04:00Z"),
        ("written_at", "2024-01-02", "2024-01-02T00:00:00Z"),
        ("written_at", "2024-01-02T03:04:05.25+0100", "2024-01-02T02:04:05.25Z"),
        ("written_at", "2024-01-02T03:04:05.123456789+05:30", "2024-01-01T21:34:05.123456789Z"),
        ("written_at", "2024-01-02T23:04:05-02", "2024-01-03T01:04:05Z"),
        ("written_at", 1704164645, "2024-01-02T03:04:05Z"),
        ("written_at", "1704164645", "2024-01-02T03:04:05Z"),
        ("written_at", 1704164645250, "2024-01-02T03:04:05.250Z"),
        ("written_at", 1704164645.25, "2024-01-02T03:04:05.250Z"),
        ("company", [], None),
        ("company", {}, None),
        ("company", "", None),
        ("company", {"id": "7", "name": 5}, {"id": 7, "name": "5"}),
        ("free", [], None),
        ("rates", {"EUR": "1,5", "x": ""}, {"EUR": 1.5, "x": None}),
        ("tags", "Kunde", ["Kunde"]),
        ("tags", ["a", 5], ["a", "5"]),
        ("tags", {}, None),
        ("items", {"price": "2,5"}, [{"price": 2.5}]),
        ("items", [{"at": 1704164645, "x": [1]}], [{"at": "2024-01-02T03:04:05Z", "x": [1]}]),
    ],
)  # fmt: skip
def test_a_value_of_one_meaning_is_put_right(
    server: ScriptedServer, field: str, value: object, expected: object
) -> None:
    run = read(server, {"id": 2, field: value}, {"id": 3})

    check(run)
    found = run.records["loans"][1]
    assert found == {"id": 2, field: expected}
    assert type(found[field]) is type(expected)
    assert run.ids("loans") == [1, 2, 3]
    assert "nulled_values" not in run.summary["streams"]["loans"]
    assert "null in its place" not in run.log


@pytest.mark.parametrize(
    ("field", "value", "expected", "path"),
    [
        ("whole", 5400.5, None, "whole"),
        ("whole", SECRET, None, "whole"),
        ("whole", False, None, "whole"),
        ("amount", "1,234", None, "amount"),
        ("amount", "12 EUR", None, "amount"),
        ("amount", {"net": 5}, None, "amount"),
        ("open", 2, None, "open"),
        ("open", "vielleicht", None, "open"),
        ("text", {"de": SECRET}, None, "text"),
        ("text", [SECRET], None, "text"),
        ("day", "0000-00-00", None, "day"),
        ("day", "2024-02-30", None, "day"),
        ("day", "31/12/2024", None, "day"),
        ("written_at", "0000-00-00 00:00:00", None, "written_at"),
        ("written_at", "2024-02-30T00:00:00Z", None, "written_at"),
        ("written_at", "10000-01-01T00:00:00Z", None, "written_at"),
        ("written_at", "2024-01-02T25:00:00Z", None, "written_at"),
        ("written_at", SECRET, None, "written_at"),
        ("written_at", 0, None, "written_at"),
        ("written_at", True, None, "written_at"),
        ("written_at", ["2024-01-02"], None, "written_at"),
        ("company", 5, None, "company"),
        ("company", {"id": SECRET, "name": "x"}, {"id": None, "name": "x"}, "company.id"),
        ("company", {"id": 5, "name": ["x"]}, {"id": 5}, "company.name"),
        ("free", SECRET, None, "free"),
        ("rates", {SECRET: "x"}, {SECRET: None}, "rates.*"),
        ("tags", False, None, "tags"),
        ("tags", ["a", ["b"]], ["a"], "tags"),
        ("items", [{"price": SECRET}, 5], [{"price": None}], "items.price"),
    ],
)  # fmt: skip
def test_a_value_of_no_meaning_is_null_and_told_once(
    server: ScriptedServer, field: str, value: object, expected: object, path: str
) -> None:
    run = read(server, {"id": 2, field: value}, {"id": 3, field: value})

    check(run)
    assert run.records["loans"][1:] == [{"id": 2, field: expected}, {"id": 3, field: expected}]
    assert run.summary["streams"]["loans"]["nulled_values"][path] == 2
    told = [line for line in run.log.splitlines() if f"'{path}' of 'loans'" in line]
    assert len(told) == 1
    assert SECRET not in run.log


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_a_number_that_json_does_not_know_is_null(server: ScriptedServer, number: bytes) -> None:
    run = read(server, b'{"id": 2, "amount": ' + number + b"}", {"id": 3, "amount": 0.5})

    check(run)
    assert run.records["loans"][1:] == [{"id": 2, "amount": None}, {"id": 3, "amount": 0.5}]
    assert run.summary["streams"]["loans"]["nulled_values"] == {"amount": 1}
    assert server.asked("/loans") == 2


def test_what_is_no_number_is_no_text_either(server: ScriptedServer) -> None:
    run = read(server, b'{"id": 2, "text": NaN, "either": Infinity, "whole": NaN, "free": [NaN]}')

    check(run)
    expected = {"id": 2, "text": None, "either": None, "whole": None, "free": None}
    assert run.records["loans"][1:] == [expected]


def test_integers_have_64_bits(server: ScriptedServer) -> None:
    """Loaders give up on larger ones; where text is allowed, they are text."""
    largest = 2**63 - 1
    rows = [{"id": 2, "whole": largest}, {"id": 3, "whole": -largest - 1, "either": largest + 1},
            {"id": 4, "whole": largest + 1}, {"id": 5, "whole": str(largest)}]  # fmt: skip
    run = read(server, *rows)

    check(run)
    records = run.records["loans"][1:]
    assert [row["whole"] for row in records] == [largest, -largest - 1, None, largest]
    assert records[1]["either"] == str(largest + 1)
    assert run.summary["streams"]["loans"]["nulled_values"] == {"whole": 1}


@pytest.mark.parametrize("number", [b"NaN,", b"NaN, 1e5"])
def test_what_is_cut_off_is_not_saved_by_that(server: ScriptedServer, number: bytes) -> None:
    server.app = lambda call: Reply(b'[{"id": ' + number) if call.nth == 1 else [{"id": 5}]

    run = run_tap(server.url, ["loans"], tap_class=Typed)

    assert run.ids("loans") == [5]


@pytest.mark.parametrize("value", ["x", {}, [], [1], {"a": 1}, 1.5, False, None])
def test_a_key_that_cannot_be_put_right_is_an_error(server: ScriptedServer, value: object) -> None:
    run = read(server, {"id": value, "text": SECRET})

    assert run.error is not None
    assert "'loans' has" in str(run.error)
    assert "'id'" in str(run.error)
    assert run.ids("loans") == [1]
    assert SECRET not in run.log


def test_a_key_in_another_form_is_put_right_before_it_is_compared(server: ScriptedServer) -> None:
    run = read(server, {"id": "2"}, {"id": 2.0}, {"id": 2}, {"id": 3})

    check(run)
    assert run.ids("loans") == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "expected", "bookmark"),
    [
        ("0000-00-00 00:00:00", None, "2026-01-02T03:04:05Z"),
        ("2026-02-30T12:00:00Z", None, "2026-01-02T03:04:05Z"),
        (["2026-01-03"], None, "2026-01-02T03:04:05Z"),
        (True, None, "2026-01-02T03:04:05Z"),
        (None, None, "2026-01-02T03:04:05Z"),
        ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00", "2026-01-02T03:04:05Z"),
        ("2026-01-03 00:00:00 UTC", "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"),
        (1767398400, "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"),
    ],
)
def test_an_odd_replication_key_ends_no_run(
    server: ScriptedServer, value: object, expected: object, bookmark: str
) -> None:
    first = read(server, {"id": 2, "updated_at": value})
    second = read(server, {"id": 2, "updated_at": value}, state=first.state)

    check(first)
    assert first.records["loans"][1] == {"id": 2, "updated_at": expected}
    assert first.bookmark("loans")["replication_key_value"] == bookmark
    assert second.error is None
    assert second.bookmark("loans")["replication_key_value"] == bookmark


def test_an_odd_timestamp_is_not_the_end_of_a_list_that_is_newest_first(
    server: ScriptedServer,
) -> None:
    reviews = [
        {"id": 3, "written_at": "2026-01-03T00:00:00Z"},
        {"id": 2, "written_at": {"odd": 1}},
        {"id": 1, "written_at": "0000-00-00"},
    ]
    count = 1

    def app(call: Call) -> object:
        rows = {
            "/authors": [{"id": 1}],
            "/authors/1/books": {"books": [{"id": 1, "reviews_count": count}]},
            "/books/1/reviews": reviews,
        }
        return rows.get(call.path, [])

    server.app = app
    first = run_tap(server.url, ["authors", "books", "reviews"], tap_class=Typed)
    count = 2
    second = run_tap(
        server.url, ["authors", "books", "reviews"], tap_class=Typed, state=first.state
    )

    for run in (first, second):
        assert run.error is None
        assert run.ids("reviews") == [3, 2, 1]
        assert [row["written_at"] for row in run.records["reviews"]] == [
            "2026-01-03T00:00:00Z", None, None,
        ]  # fmt: skip


def test_the_types_are_those_of_the_catalog(server: ScriptedServer) -> None:
    server.app = lambda _: [{"id": 1, "whole": 5, "company": {}}]
    catalog = json.loads(Typed(config={"api_url": server.url}).catalog_json_text)
    for stream in catalog["streams"]:
        stream["schema"]["properties"]["whole"] = {"type": ["string", "null"]}

    run = run_tap(server.url, ["loans"], tap_class=Typed, catalog=catalog)

    assert run.schemas["loans"]["schema"]["properties"]["whole"] == {"type": ["string", "null"]}
    assert run.records["loans"] == [{"id": 1, "whole": "5", "company": None}]
