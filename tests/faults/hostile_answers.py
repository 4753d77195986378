"""The table of answers that no API should give: what a server sends, and what must come of it.

Each row is sent to the four taps in place of a list's only page. `good` is that page's body.
"""

from __future__ import annotations

import gzip
import itertools
import typing as t
import zlib
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Pieces = Callable[[bytes], Iterator[bytes | float]]

# Whatever is sent without end is sent for at most so many pieces, should nobody stop it.
ENDLESS = 2_000
LATE = "did not arrive within request_timeout."
BROKE = "The connection broke during"
CUT = "No whole answer from"
NOT_JSON = "is not valid JSON (cut off?)."
NO_URL = "redirects to no URL."
ELSEWHERE = "it is not the configured API."


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        name: What the server does.
        pieces: Returns the bytes of its answer; numbers are pauses in seconds.
        words: What the one line says; None if the answer is as good as any.
        late: The server takes longer than request_timeout.
        code: Exit code of a run that fails.
    """

    name: str
    pieces: Pieces
    words: str | None
    late: bool = False
    code: int = 1


def answer(body: bytes = b"", status: str = "200 OK", *headers: str, length: bool = True) -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def send(*pieces: bytes | float) -> Pieces:
    """Send the same whatever the page would be."""
    return lambda _: iter(pieces)


def with_headers(*headers: str, status: str = "200 OK", length: bool = True) -> Pieces:
    """Send the page with more headers, or another status."""
    return lambda good: iter([answer(good, status, *headers, length=length)])


def body(content: bytes) -> Pieces:
    """Send a body in place of the page."""
    return send(answer(content))


def drip(data: bytes, pause: float = 0.05) -> Iterator[bytes | float]:
    """Send a byte now and then."""
    for position in range(len(data)):
        yield data[position : position + 1]
        yield pause


def again(begin: bytes, piece: bytes, pause: float = 0.02) -> Iterator[bytes | float]:
    """Send the same piece again and again."""
    yield begin
    for _ in range(ENDLESS):
        yield piece
        yield pause


CHUNKED, GZIP = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
CHUNKED_HEAD = answer(b"", "200 OK", CHUNKED, length=False)


def chunked(
    good: bytes, extension: bytes = b"", trailer: bytes = b"", end: bytes = b"\r\n"
) -> bytes:
    """Return the page as one chunk."""
    chunk = b"%x%s\r\n%s\r\n0\r\n" % (len(good), extension, good)
    return CHUNKED_HEAD + chunk + trailer + end


def empty_gzip() -> Iterator[bytes | float]:
    piece = gzip.compress(b"")
    return again(
        answer(b"", "200 OK", GZIP, CHUNKED, length=False), b"%x\r\n%s\r\n" % (len(piece), piece)
    )


STATUS_LINES = [
    Case("garbage", send(b"\x00\x01\x02\r\n\r\n"), BROKE),
    Case("another protocol", send(b"220 smtp.example.org ESMTP\r\n"), BROKE),
    Case("a status that is no number", with_headers(status="abc OK"), BROKE),
    Case("a status of two digits", with_headers(status="99 X"), BROKE),
    Case("a status nobody knows", with_headers(status="999 X"), "was 999 X."),
    Case(
        "another version of HTTP", lambda good: iter([answer(good).replace(b"1.1", b"9.9")]), BROKE
    ),
    Case("no reason", with_headers(status="200"), None),
    Case(
        "a reason that colours", with_headers(status="500 \x1b[31mred"), r"was 500 \u001b[31mred."
    ),
    Case(
        "early hints",
        lambda good: iter([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(good)]),
        None,
    ),
    Case("one 100", lambda good: iter([b"HTTP/1.1 100 Continue\r\n\r\n" + answer(good)]), None),
]

TIME = [
    Case("silence", send(5.0), LATE, late=True),
    Case("a slow status line", lambda _: drip(b"HTTP/1.1 200 OK" * 9), LATE, late=True),
    Case("slow headers", lambda good: drip(answer(good)), LATE, late=True),
    Case("a slow body", lambda good: itertools.chain(
        [answer(b"", "200 OK", f"Content-Length: {len(good) * 50}", length=False)],
        drip(good * 50)), LATE, late=True),
    Case("a slow body without a length", lambda good: itertools.chain(
        [answer(b"", "200 OK", "Connection: close", length=False)], drip(good * 50)),
        LATE, late=True),
    Case("endless 100", lambda _: again(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE, late=True),
    Case("endless 103", lambda _: again(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), LATE, late=True),
    Case("an endless chunk extension", lambda _: again(CHUNKED_HEAD + b"5;", b"x"),
         LATE, late=True),
    Case("endless trailers", lambda good: again(chunked(good, end=b""), b"X: y\r\n", 0.05),
         LATE, late=True),
    Case("gzip of nothing", lambda _: empty_gzip(), LATE, late=True),
    Case("a length that does not come", with_headers("Content-Length: 99999", length=False),
         LATE, late=True),
]  # fmt: skip

HEADERS = [
    Case("two hundred headers", with_headers(*(f"X-{n}: y" for n in range(200))), BROKE),
    Case("a header of 70 KB", with_headers("X: " + "y" * 70_000), BROKE),
    Case("two lengths", with_headers("Content-Length: 3"), CUT),
    Case("a length that is too short",
         lambda good: iter([answer(good, length=False)[: -len(good) - 2]
                            + b"Content-Length: %d\r\n\r\n" % (len(good) - 1) + good]), NOT_JSON),
    Case("a date in year 99999", with_headers("Date: Fri, 31 Dec 99999 23:59:59 GMT"), None),
    Case("a date in year 1", with_headers("Date: Mon, 01 Jan 0001 00:00:00 GMT"), None),
    Case("a date that is none", with_headers("Date: x"), None),
    Case("an age of ages", with_headers("Age: 1e300", "Date: Mon, 01 Jan 2024 00:00:00 GMT"), None),
    Case("limits that are none", with_headers(
        "X-RateLimit-Limit: 1e300", "X-RateLimit-Remaining: nan", "X-RateLimit-Reset: -1"), None),
    Case("a type that is none", with_headers("Content-Type: \xff"), None),
    Case("a trailer", lambda good: iter([chunked(good, trailer=b"X: y\r\n")]), None),
    Case("a chunk extension", lambda good: iter([chunked(good, extension=b";a=b")]), None),
    Case("a chunk extension of 100 KB",
         lambda good: iter([chunked(good, extension=b";" + b"a" * 100_000)]), CUT),
    Case("a chunk size that is none", send(CHUNKED_HEAD + b"zz\r\n[]"), CUT),
    Case("gzip", lambda good: iter([answer(gzip.compress(good), "200 OK", GZIP)]), None),
    Case("deflate",
         lambda good: iter([answer(zlib.compress(good), "200 OK", "Content-Encoding: deflate")]),
         None),
    Case("gzip that is none", with_headers(GZIP), CUT),
    Case("gzip fifty times", with_headers("Content-Encoding: " + ", ".join(["gzip"] * 50)), CUT),
    Case("a body of 70 MB in 300 KB",
         lambda _: iter([answer(gzip.compress(b" " * 70_000_000, 1), "200 OK", GZIP)]),
         "is larger than 67108864 bytes."),
]  # fmt: skip

BODIES = [
    Case("nothing", body(b""), "is empty."),
    Case("blanks", body(b"  \n"), "is empty."),
    Case("HTML", body(b"<html>"), "is HTML, not JSON."),
    Case("null", body(b"null"), "is null, neither an array nor an object."),
    Case("a number", body(b"7"), "is int, neither an array nor an object."),
    Case("a text", body(b'"x"'), "is str, neither an array nor an object."),
    Case("an error", body(b'{"error": "no"}'), "has status 200 but tells of an error."),
    Case("cut JSON", body(b'[{"id": 1},'), NOT_JSON),
    Case("JSON and more", body(b'[{"id": 1}] x'), NOT_JSON),
    Case("deep arrays", body(b"[" * 200_000), NOT_JSON),
    Case("deep objects", body(b'{"a":' * 100_000), NOT_JSON),
    Case("UTF-16", body('[{"id": 1}]'.encode("utf-16")), NOT_JSON),
    Case("a number of 5000 digits", body(b'[{"id": ' + b"9" * 5000 + b"}]"), NOT_JSON),
    Case("no content", send(answer(b"", "204 No Content")), "is empty."),
    Case("a part", with_headers(status="206 Partial Content"), "was 206: only a part."),
]

REDIRECTS = [
    Case(f"to {name}", send(answer(b"", "302 Found", f"Location: {where}")), words)
    for name, where, words in (
        ("another host", "http://localhost:{port}/", ELSEWHERE),
        ("another host without a scheme", "//example.invalid/", ELSEWHERE),
        ("a file", "file:///etc/passwd", ELSEWHERE),
        ("a script", "javascript:1", ELSEWHERE),
        ("itself", "", "redirects more than 5 times."),
        ("a header", "/a%0d%0aX: y", "redirects more than 5 times."),
        ("no URL", "http://[", NO_URL),
        ("no port", "http://127.0.0.1:x/", NO_URL),
        ("bytes", "/\xff\xfe", NO_URL),
    )
]

STATUSES = [
    Case(f"status {status}", with_headers(status=f"{status} X"), f"was {status} X.")
    for status in (300, 304, 305, 400, 402, 405, 406, 409, 413, 418, 422, 451, 500, 502, 504, 520)
] + [
    Case(f"status {status}", with_headers(status=f"{status} X"), "Nothing could be read", code=2)
    for status in (404, 410)
]  # fmt: skip

REFUSALS = [
    Case(f"{status} and Retry-After {value or 'of nothing'}",
         with_headers(f"Retry-After: {value}", status=f"{status} X"), words)
    for status, value, words in (
        (429, "99999999999", "the next request would wait 86400 s, more than max_wait (0 s)."),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", "would wait 86400 s"),
        (429, "Fri, 31 Dec 99999 23:59:59 GMT", "would wait 1 s"),
        (429, "nan", "would wait 1 s"),
        (429, "soon", "would wait 1 s"),
        (429, "", "would wait 1 s"),
        (429, "-1", "would wait 1 s"),
        (429, "0", "would wait 1 s"),
        (429, "Mon, 01 Jan 0001 00:00:00 GMT", "would wait 1 s"),
        (503, "99999999999", "would wait 86400 s"),
        (503, "soon", "was 503 X."),
        (503, "", "was 503 X."),
    )
]  # fmt: skip

SECTIONS: dict[str, Sequence[Case]] = {
    "status line": STATUS_LINES,
    "time": TIME,
    "headers": HEADERS,
    "body": BODIES,
    "redirect": REDIRECTS,
    "status": STATUSES,
    "refusal": REFUSALS,
}
