"""Pages whose rows go out as they came: the same bytes as decoded, made to fit and encoded.

An empty stream map changes nothing, but takes every record through dictionaries.
"""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from singer_kit.reading import encoded_pages
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply
from tests.kit.test_values import SCHEMA
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

TIME = re.compile(r',"time_extracted":"[^"]*"')
# Where an empty object is not one, no type says so: that takes the careful way anyway.
EXACT = {
    **SCHEMA,
    "properties": {n: d for n, d in SCHEMA["properties"].items() if n != "company"}
    | {"company": {k: v for k, v in SCHEMA["properties"]["company"].items() if k[:3] != "min"}},
}
AT = '"updated_at":"2026-01-02T03:04:05Z"'


class Schemas:
    def get_schema(self, name: str) -> dict[str, t.Any]:  # noqa: ARG002 - one for all
        return EXACT


class Exact(TinyTap):
    """Whose schema says nothing that a type could not say."""

    schemas = Schemas()  # type: ignore[assignment]


def loan(number: int, more: str = '"text":"as usual"') -> str:
    return f'{{"id":{number},{more},{AT}}}'


def page(*rows: str) -> bytes:
    return f"[{','.join(rows)}]".encode("utf-8", "surrogatepass")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each page stayed as it came."""
    found: list[bool] = []
    read = encoded_pages.EncodedPages.read

    def spy(self: encoded_pages.EncodedPages, response: t.Any) -> t.Any:  # noqa: ANN401
        rows = read(self, response)
        found.append(rows is not None)
        return rows

    monkeypatch.setattr(encoded_pages.EncodedPages, "read", spy)
    return found


def read(server: ScriptedServer, *pages: bytes, **settings: t.Any) -> Run:  # noqa: ANN401
    """Read loans, page by page."""

    def app(call: Call) -> object:
        if call.path != "/loans":
            return Reply(status=404)
        number = int(call.query.get("page", "1"))
        more = {"Link": f'</loans?page={number + 1}>; rel="next"'} if number < len(pages) else {}
        return Reply(pages[number - 1], headers=more)

    server.app = app
    return run_tap(server.url, ["loans"], tap_class=Exact, **settings)


def lines(run: Run) -> list[str]:
    return [TIME.sub("", line) for line in run.out.split("\n") if '"RECORD"' in line]


def state_of(run: Run) -> str:
    """The last STATE, without the second in which the run began."""
    return re.sub(r'"at": \d+', "", json.dumps(run.state))


def told(run: Run) -> dict[str, t.Any]:
    """What the summary says of the records."""
    told = {name: run.summary[name] for name in ("outcome", "records", "streams")}
    of_requests = ("requests", "retries")
    told["streams"] = {
        stream: {name: value for name, value in counts.items() if name not in of_requests}
        for stream, counts in told["streams"].items()
    }
    return told


def assert_same(server: ScriptedServer, *pages: bytes, **settings: t.Any) -> Run:  # noqa: ANN401
    """Read pages both ways; all that a user sees is the same."""
    fast = read(server, *pages, **settings)
    careful = read(server, *pages, stream_maps={"loans": {}}, **settings)
    assert str(fast.error) == str(careful.error)
    assert lines(fast) == lines(careful)
    assert state_of(fast) == state_of(careful)
    assert told(fast) == told(careful)
    return fast


USUAL = [page(*(loan(10 * number + each) for each in range(4))) for number in range(1, 4)]


def test_pages_as_usual_go_out_as_they_came(server: ScriptedServer, kept: list[bool]) -> None:
    run = assert_same(server, *USUAL)
    assert len(run.ids("loans")) == 12
    # The first one shows how rows look.
    assert kept == [False, True, True]


ODD = {
    "a decimal with a zero behind": '"amount":1.50',
    "an exponent": '"amount":1e3',
    "a capital exponent": '"amount":1.5E+3',
    "an exponent in an integer": '"whole":1e3',
    "a whole float in an integer": '"whole":5400.0',
    "minus zero": '"whole":-0,"amount":-0',
    "minus zero as a float": '"amount":-0.0',
    "a float of seventeen digits": '"amount":0.1000000000000000055',
    "a number beyond all floats": '"amount":1e400',
    "an integer of 64 bits": '"whole":9223372036854775807',
    "an integer beyond 64 bits": '"whole":9223372036854775808',
    "a number of thirty digits": '"amount":123456789012345678901234567890',
    "thirty digits in a free object": '"free":{"a":123456789012345678901234567890}',
    "NaN": '"amount":NaN',
    "Infinity in a free object": '"free":{"a":Infinity}',
    "a number as text": '"amount":"1,5"',
    "a text as number": '"text":12.50',
    "a boolean as number": '"open":1',
    "a wrong type": '"whole":[1]',
    "one key twice": '"text":"a","text":"b"',
    "the key twice": '"id":77,"text":"b"',
    "the timestamp twice": '"updated_at":"2026-01-02T09:09:09Z","text":"b"',
    "one key twice inside": '"free":{"a":1,"b":2,"a":3}',
    "an escaped letter": r'"text":"M\u00fcller \u0026 S\u00f6hne"',
    "an escaped slash": r'"text":"a\/b"',
    "the usual escapes": r'"text":"a\"b\\c\nd\re\tf\bg\fh"',
    "an escaped backslash and u": r'"text":"C:\\users\\u00fc"',
    "a control character, escaped": r'"text":"a\u0001b\u001f"',
    "the last ASCII character": '"text":"a\x7fb"',
    "an escaped key": r'"t\u0065xt":"a"',
    "an emoji": '"text":"\U0001f600"',
    "an emoji, escaped": r'"text":"\ud83d\ude00"',
    "half an emoji": r'"text":"a\ud83d"',
    "a raw surrogate": '"text":"a\ud83d"',
    "U+0000": r'"text":"a\u0000b"',
    "a line separator": '"text":"a\u2028b\u2029c"',
    "a raw line break": '"text":"a\nb"',
    "a space behind the colon": '"text": "a"',
    "a line break between": '"text":"a",\n"open":true',
    "a carriage return between": '"text":"a",\r\n"open":true',
    "a space in an inner object": '"free":{"a": 1}',
    "a timestamp with a space": '"written_at":"2026-01-02 03:04:05"',
    "a timestamp without a zone": '"written_at":"2026-01-02T03:04:05"',
    "a timestamp with an offset": '"written_at":"2026-01-02T03:04:05+01:00"',
    "an offset of nothing": '"written_at":"2026-01-02T03:04:05+00:00"',
    "small letters": '"written_at":"2026-01-02t03:04:05z"',
    "milliseconds": '"written_at":"2026-01-02T03:04:05.120Z"',
    "nanoseconds": '"written_at":"2026-01-02T03:04:05.123456789Z"',
    "a leap second": '"written_at":"2016-12-31T23:59:60Z"',
    "the 30th of February": '"written_at":"2026-02-30T03:04:05Z"',
    "a timestamp since 1970": '"written_at":1767323045',
    "an empty timestamp": '"written_at":""',
    "a timestamp inside, with a space": '"items":[{"at":"2026-01-02 03:04:05","price":1}]',
    "a day": '"day":"2026-01-02"',
    "a day with a time": '"day":"2026-01-02T03:04:05Z"',
    "a day of one digit": '"day":"2026-1-2"',
    "an empty text": '"text":""',
    "nothing for a number": '"amount":""',
    "null everywhere": '"whole":null,"amount":null,"open":null,"tags":null,"items":null',
    "null in a list of texts": '"tags":["a",null]',
    "an empty object": '"company":{}',
    "an unknown field inside": '"company":{"id":1,"vat":"x"}',
    "an unknown field inside a list": '"items":[{"price":1,"vat":0.190}]',
    "rates": '"rates":{"a":1.5,"b":2}',
    "rates as texts": '"rates":{"a":"1.5"}',
    "another order": f'{AT},"text":"a","whole":1',
    "an unknown field": '"region":"Nord"',
    "an unknown object": '"region":{"b":1,"a":[1.50,null]}',
    "the column of unknown fields": '"_extra":{"a":1}',
    "an empty name": '"":1',
    "a name with a quote": r'"a\"b":1',
    "a very deep object": '"free":' + '{"a":' * 200 + "1" + "}" * 200,
}  # fmt: skip


DEEP = '"id":102,"free":' + '{"a":' * 3000 + "1" + "}" * 3000


@pytest.mark.parametrize("mode", ["column", "pass", "drop"])
def test_odd_rows_go_out_as_always(
    server: ScriptedServer, mode: str, kept: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among others, and alone on their page; every page is tried."""
    monkeypatch.setattr(encoded_pages, "LONGEST_PAUSE", 0)
    monkeypatch.setattr(encoded_pages, "MOST_FORMS", len(ODD))
    pages = list(USUAL)
    for number, odd in enumerate(ODD.values(), start=1):
        first = 100 * number
        others = [loan(first + each) for each in range(1, 6)]
        pages += [page(*others[:2], loan(first, odd), *others[2:]), page(loan(first + 50, odd))]
    run = assert_same(server, *pages, unknown_fields=mode)
    assert run.error is None
    assert len(run.ids("loans")) > 6 * len(ODD)
    # What is written in another way stays with others, and what does not fit does not.
    assert len(ODD) / 3 < sum(kept[3 : len(pages)]) < len(ODD) * 3 / 2


@pytest.mark.parametrize(
    "odd", ['"id":null', '"id":""', '"id":"x"', DEEP], ids=["null", "empty", "text", "too deep"]
)
def test_what_ends_a_run_ends_it_as_always(server: ScriptedServer, odd: str) -> None:
    rows = page(loan(100), loan(101), f"{{{odd},{AT}}}")
    run = assert_same(server, *USUAL, rows, retry_seconds=1)
    assert run.error is not None


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + USUAL[0],
        b"\n " + USUAL[0] + b"\n",
        json.dumps(json.loads(USUAL[0]), indent=2).encode(),
        b'[{"id":900,"text":"\xff\xfe",' + AT.encode() + b"}]",
        f'[{{"id":900,{AT},"_extra":{{"a":1}}}}]'.encode(),
        b"[]",
        b'{"loans_are":"elsewhere","id":900,' + AT.encode() + b"}",
    ],
    ids=["mark", "space", "pretty", "not UTF-8", "_extra", "empty", "an object"],
)
def test_an_odd_page_among_others_goes_out_as_always(
    server: ScriptedServer, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Exact.stream_types[4], "envelope", None)
    if body.startswith(b"{"):
        body = b'{"loans":[' + body + b"]}"
        monkeypatch.setattr(Exact.stream_types[4], "envelope", "loans")
    assert_same(server, *USUAL[:2], body, *USUAL[2:])


def test_a_field_that_the_api_adds_costs_the_short_way_for_one_page_only(
    server: ScriptedServer, kept: list[bool]
) -> None:
    new = [
        page(*(loan(100 * number + each, f'"region":"N{each}"') for each in range(4)))
        for number in range(1, 5)
    ]
    run = assert_same(server, *USUAL, *new)
    assert kept[3:7] == [True] * 4
    assert run.records["loans"][-1]["_extra"] == {"region": "N3"}
    assert run.summary["streams"]["loans"]["unknown_fields"] == ["region"]


def test_rows_that_are_all_odd_are_not_tried_forever(
    server: ScriptedServer, kept: list[bool]
) -> None:
    """And when the API writes as usual again, they are kept again."""
    odd = [page(*(loan(100 * n + each, '"amount":1.50') for each in range(4))) for n in range(1, 8)]
    usual = [page(*(loan(2000 + 10 * n + each) for each in range(4))) for n in range(12)]
    assert_same(server, *USUAL, *odd, *usual)
    assert kept[3:10] == [False] * 7
    assert kept[21]


def test_rows_that_come_twice_come_once(server: ScriptedServer) -> None:
    run = assert_same(server, *USUAL, page(loan(33), loan(34)))
    assert run.ids("loans")[-2:] == [33, 34]


def test_the_next_run_holds_back_what_has_not_changed(server: ScriptedServer) -> None:
    """Whichever way each of the two runs reads it."""
    first = read(server, *USUAL)
    careful = read(server, *USUAL, stream_maps={"loans": {}})
    changed = USUAL[2].replace(b"as usual", b"changed", 1)
    for before in (first, careful):
        for settings in ({}, {"stream_maps": {"loans": {}}}):
            again = read(server, *USUAL[:2], changed, state=before.state, **settings)
            assert again.ids("loans") == [30]
