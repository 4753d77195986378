r"""Texts that no loader takes are repaired: half an emoji, U+0000, bytes that are not UTF-8."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.run import unpack_extra
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

HALF = "\ufffd"
JSON = {"Content-Type": "application/json"}


def read(server: ScriptedServer, row: bytes, concurrency: int = 1) -> Run:
    """Read authors, of whom one is this text, between pages and streams that are as usual."""

    def app(call: Call) -> object:
        if call.path != "/authors":
            return []
        if call.nth > 1:
            # Whoever asks again need not do so for minutes.
            return Reply(status=404)
        if "page" in call.query:
            return [{"id": 3}]
        body = b'[{"id": 1, "name": "fine"}, ' + row + b"]"
        return Reply(body, headers={**JSON, "Link": '</authors?page=2>; rel="next"'})

    server.app = app
    return run_tap(server.url, ["authors", "loans"], concurrency=concurrency)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (rb'{"id": 2, "name": "Angebot \ud83d"}', {"name": f"Angebot {HALF}"}),
        (rb'{"id": 2, "name": "\uDE00 Angebot"}', {"name": f"{HALF} Angebot"}),
        (rb'{"id": 2, "name": "\uDE00\uD83D"}', {"name": HALF * 2}),
        (rb'{"id": 2, "name": "\ud83d\u0041\udE00"}', {"name": f"{HALF}A{HALF}"}),
        (rb'{"id": 2, "name": "\ud83d\ud83d\ude00"}', {"name": f"{HALF}\U0001f600"}),
        (rb'{"id": 2, "name": "\ud83d\n\"\\ud83d\\"}', {"name": f'{HALF}\n"\\ud83d\\'}),
        (rb'{"id": 2, "na\ud83dme": 1}', {f"na{HALF}me": 1}),
        (rb'{"id": 2, "a": {"b": ["x", {"\udc00": "\udfff"}]}}',
         {"a": {"b": ["x", {HALF: HALF}]}}),
        (rb'{"id": 2, "name": "a\u0000b"}', {"name": "ab"}),
        (rb'{"id": 2, "name": "\u0000", "c\u0000": ["\u0000\\u0000\u0000"]}',
         {"name": "", "c": ["\\u0000"]}),
        (b'{"id": 2, "name": "a\x00b\tc\x1f"}', {"name": "ab\tc\x1f"}),
        (b'{"id": 2, "name": "caf\xe9 cr\xc3\xa8me"}', {"name": f"caf{HALF} crème"}),
        (b'{"id": 2, "\xff": "\xe2\x82"}', {HALF: HALF}),
        # An emoji as MySQL's utf8 and Java write it, and a letter in more bytes than it needs.
        (b'{"id": 2, "name": "\xed\xa0\xbd\xed\xb8\x80 \xc1\x81"}',
         {"name": f"{HALF * 6} {HALF * 2}"}),
    ],
)  # fmt: skip
def test_a_text_is_repaired_and_all_is_read_at_once(
    server: ScriptedServer, row: bytes, expected: dict[str, t.Any], concurrency: int
) -> None:
    run = read(server, row, concurrency)

    assert run.error is None
    rows = [unpack_extra(row) for row in run.records["authors"]]
    assert rows == [{"id": 1, "name": "fine"}, {"id": 2, **expected}, {"id": 3}]
    assert server.asked("/authors") == 2
    assert server.asked("/loans") == 1
    assert run.summary["streams"]["authors"]["repaired_texts"] >= 1
    (warning,) = [line for line in run.log.splitlines() if "Texts of 'authors'" in line]
    assert "U+FFFD" in warning


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (rb'{"id": 2, "name": "\\ud83d \\u0000 \\\\u0000"}', r"\ud83d \u0000 \\u0000"),
        (rb'{"id": 2, "name": "\ud83d\ude00 \u00e9 \uD7FF \uE000"}', "\U0001f600 é \ud7ff \ue000"),
    ],
)
def test_what_only_looks_like_it_stays(server: ScriptedServer, row: bytes, name: str) -> None:
    run = read(server, row)

    assert run.error is None
    assert run.records["authors"][1] == {"id": 2, "name": name}
    assert "repaired_texts" not in run.summary["streams"]["authors"]
    assert not [line for line in run.log.splitlines() if "Texts of" in line]


def test_texts_are_counted_over_pages_and_the_warning_comes_once(server: ScriptedServer) -> None:
    def app(call: Call) -> object:
        if call.path != "/authors":
            return []
        page = int(call.query.get("page", 1))
        body = rb'[{"id": %d, "name": "\ud83d\ud83d", "n\u0000": "\u0000"}]' % page
        following = {"Link": f'</authors?page={page + 1}>; rel="next"'} if page < 3 else {}
        return Reply(body, headers={**JSON, **following})

    server.app = app
    run = run_tap(server.url, ["authors"])

    assert run.summary["streams"]["authors"]["repaired_texts"] == 9
    assert len([line for line in run.log.splitlines() if "Texts of 'authors'" in line]) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    "cut",
    [
        rb'[{"id": 1, "name": "Angebot \ud83d',
        rb'[{"id": 1, "name": "Angebot \ud83d\ude',
        rb'[{"id": 1, "name": "\u0000", "text": "\"',
        b'[{"id": 1, "name": "\xf0\x9f\x98',
        # It looks whole, and is not.
        rb'[{"id": 1, "name": "\ud83d", "tags": ["a"]',
    ],
)
def test_a_cut_body_is_asked_for_again(
    server: ScriptedServer, cut: bytes, concurrency: int
) -> None:
    def app(call: Call) -> object:
        return Reply(cut, headers=JSON) if call.nth == 1 else [{"id": 1, "name": "whole"}]

    server.app = app
    run = run_tap(server.url, ["authors"], concurrency=concurrency)

    assert run.error is None
    assert run.records["authors"] == [{"id": 1, "name": "whole"}]
    assert server.asked("/authors") == 2
    assert "repaired_texts" not in run.summary["streams"]["authors"]


def test_an_endless_text_of_escapes_is_found_cut_without_quadratic_time(
    server: ScriptedServer,
) -> None:
    cut = rb'[{"id": 1, "name": "\u0000' + rb"\"" * 1_000_000

    def app(call: Call) -> object:
        return Reply(cut, headers=JSON) if call.nth == 1 else [{"id": 1}]

    server.app = app

    assert run_tap(server.url, ["authors"]).records["authors"] == [{"id": 1}]
