"""Lists whose rows the stream shapes, or its parent completes, stay encoded where that is no loss.

An empty stream map changes nothing, but takes every record through dictionaries.
"""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply
from tests.kit.test_encoded_pages import EXACT, kept, lines, told
from tests.kit.tiny_tap import ANY_ID, Authors, Books, TinyTap

if t.TYPE_CHECKING:
    from singer_kit.encoded_rows import EncodedRows
    from singer_kit.records import Context, Record
    from tests.kit.scripted_server import ScriptedServer

__all__ = ["kept"]

MORE = {"author_id": ANY_ID, "code": {"type": "integer"}}
BOOK = {**EXACT, "properties": {**EXACT["properties"], **MORE}}


class ShapedBooks(Books):
    """Whose codes become words."""

    shaped_by_transform = True

    @property
    def leaves_rows(self) -> bool:
        return True

    def leaves_page(self, rows: EncodedRows) -> bool:
        return "1" not in rows.column("text")

    def transform(self, record: Record, context: Context, parent: Record) -> Record:  # noqa: ARG002
        if record.get("text") == "1":
            record["text"] = "one"
        return record


class OfBooks:
    def get_schema(self, name: str) -> dict[str, t.Any]:
        return BOOK if name == "books" else EXACT


class BookTap(TinyTap):
    """Whose books are a list of the author in an envelope."""

    schemas = OfBooks()  # type: ignore[assignment]
    stream_types = (Authors, ShapedBooks)


def book(number: int, more: str = '"text":"as usual"') -> str:
    return f'{{"id":{number},{more},"updated_at":"2026-01-02T03:04:05Z"}}'


def books(first: int, more: str = '"text":"as usual"') -> str:
    return ",".join(book(10 * first + each, more) for each in range(4))


USUAL = [books(number) for number in range(1, 4)]


def read(server: ScriptedServer, *pages: str, **settings: t.Any) -> Run:  # noqa: ANN401
    """Read the books of one author; a page that is no list of rows is the whole answer."""

    def app(call: Call) -> object:
        if call.path == "/authors":
            return [{"id": 7, "books_count": 1}]
        number = int(call.query.get("offset", "1"))
        following = f"?offset={number + 1}" if number < len(pages) else None
        body = pages[number - 1]
        if not body.startswith(("{", "[")) or body.startswith('{"id"'):
            body = f'{{"meta":{{"next":{json.dumps(following)}}},"books":[{body}]}}'
        return Reply(body.replace("NEXT", json.dumps(following)).encode("utf-8", "surrogatepass"))

    server.app = app
    return run_tap(server.url, ["books"], tap_class=BookTap, **settings)


def assert_same(server: ScriptedServer, *pages: str, **settings: t.Any) -> Run:  # noqa: ANN401
    """Read pages both ways; all that a user sees is the same."""
    fast = read(server, *pages, **settings)
    careful = read(server, *pages, stream_maps={"books": {}}, **settings)
    assert str(fast.error) == str(careful.error)
    assert lines(fast) == lines(careful)
    assert told(fast) == told(careful)
    return fast


def test_a_list_in_an_envelope_goes_out_as_it_came_with_the_key_of_its_parent(
    server: ScriptedServer, kept: list[bool]
) -> None:
    run = assert_same(server, *USUAL)
    assert kept == [False, True, True]
    assert len(run.ids("books")) == 12
    assert {record["author_id"] for record in run.records["books"]} == {7}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('"amount":"12.50"', 12.5),
        ('"amount":"1,5"', 1.5),
        ('"whole":"5400.0"', 5400),
        ('"open":"yes"', True),
        ('"day":"2024-1-2"', "2024-01-02"),
        ('"written_at":"2026-01-02 03:04:05"', "2026-01-02T03:04:05Z"),
        ('"written_at":"2026-01-02T03:04:05+01:00"', "2026-01-02T02:04:05Z"),
    ],
)
def test_texts_are_read_without_taking_rows_apart(
    server: ScriptedServer, field: str, expected: object, kept: list[bool]
) -> None:
    pages = [books(number, field) for number in range(4, 8)]
    run = assert_same(server, *USUAL, *pages)
    name = json.loads(f"{{{field}}}").popitem()[0]
    assert [record[name] for record in run.records["books"][12:]] == [expected] * 16
    assert kept[3:7] == [True] * 4


SUMS = '"amount":"12.50","text":"a","code":"5"'
ODD = {
    "a text that means nothing": '"amount":"much"',
    "an empty text": '"amount":""',
    "null": '"amount":null',
    "a number": '"amount":12',
    "an odd number": '"amount":1.50',
    "a boolean": '"amount":true',
    "a text with a quote": r'"amount":"1\u002c5"',
    "another order": '"code":"2","text":"a","amount":"2.50"',
    "nothing where something must be": '"amount":"2.50","code":""',
    "a key of its own": '"amount":"2.50","author_id":9',
    "a key of its own, null": '"amount":"2.50","author_id":null',
    "an unknown field": '"amount":"2.50","region":"Nord"',
    "a code": '"amount":"2.50","text":"1"',
    "a text for a list": '"amount":"2.50","tags":"a"',
    "two rows of one key": '"id":40,"amount":"9.50"',
    "_extra": '"amount":"2.50","_extra":{"a":1}',
}


@pytest.mark.parametrize("mode", ["column", "pass", "drop"])
def test_odd_rows_among_texts_go_out_as_always(server: ScriptedServer, mode: str) -> None:
    pages = [books(4, SUMS), books(5, SUMS)]
    for number, odd in enumerate(ODD.values(), start=10):
        others = books(2 * number, SUMS)
        pages += [
            others,
            f"{book(10 * (2 * number + 1), odd)},{others}",
            books(2 * number + 1, odd),
        ]
    run = assert_same(server, *USUAL, *pages, unknown_fields=mode)
    assert run.error is None
    assert "one" in {record["text"] for record in run.records["books"] if "text" in record}


def test_a_key_that_rows_have_of_their_own_stays(server: ScriptedServer) -> None:
    """At the end of a row, where that of the list would be added."""
    own = [",".join(book(10 * n + i)[:-1] + ',"author_id":9}' for i in range(4)) for n in (7, 8, 9)]
    run = assert_same(server, *USUAL, *own)
    assert [record["author_id"] for record in run.records["books"]] == [7] * 12 + [9] * 12


@pytest.mark.parametrize(
    "page",
    [
        '{"meta":{"next":NEXT},"books":[],"more":1}',
        '{"meta":{"next":NEXT},"shelves":[1],"books":[' + USUAL[0] + "]}",
        '{"meta":{"next":NEXT}, "books": [' + books(8) + "]}",
        '{"books":[' + books(8) + '],"meta":{"next":NEXT}}',
        "[" + books(8) + "]",
        '{"meta":{"next":NEXT},"books":[1]}',
        '{"meta":{"next":NEXT},"books":[],"books":[' + books(8) + "]}",
        '{"meta":{"next":NEXT},"books":[' + books(8) + '],"books":[]}',
        '{"meta":{"next":null},"meta":{"next":NEXT},"books":[' + books(8) + "]}",
        '{"meta":{"next":null},"books":[' + books(8) + '],"meta":{"next":NEXT},"books":[]}',
        '{"meta":{"next":NEXT,"more":{"x":1,"books":[2]}},"books":[' + books(8) + "]}",
        '{"meta":{"next":NEXT,"text":"x,\\"books\\":[2]}"},"books":[' + books(8) + "]}",
        '{"meta":{"next":NEXT},"books":[' + books(8) + "]]}",
        '{"meta":{"next":NEXT}}},"books":[' + books(8) + "]}",
        '{"meta":{"next":NEXT},"books":[{"id":null}]}',
        '{"meta":{"next":NEXT},"books":[' + books(8) + ",]}",
        '{"meta":{"next":NEXT},"error":"down","books":[]}',
    ],
)
def test_an_odd_envelope_is_read_as_always(server: ScriptedServer, page: str) -> None:
    assert_same(server, *USUAL[:2], page, *USUAL[2:], retry_seconds=0)


def test_rows_that_come_again_changed_are_told_from_those_that_did_not(
    server: ScriptedServer,
) -> None:
    """Whichever way each of the two pages was read."""
    again = ",".join([book(10), book(11, '"text":"changed"'), book(33), book(34)])
    run = assert_same(server, *USUAL, again)
    assert run.ids("books")[12:] == [11, 34]
