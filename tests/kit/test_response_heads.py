"""What a response's head says: the same as http.client reads in it, however it looks."""

from __future__ import annotations

import http.client
import socket
import typing as t

import pytest

from singer_kit.http.responses import FinalResponse

if t.TYPE_CHECKING:
    from collections.abc import Callable

BODY = b'[{"id":1}]'
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"
HEADS = {
    "plain": PLAIN,
    "several words": PLAIN.replace(b"200 OK", b"404 Not Found "),
    "spaces": PLAIN.replace(b": ", b":  \t ").replace(b"10\r", b"10 \r"),
    "no space": PLAIN.replace(b": ", b":"),
    "empty value": PLAIN.replace(b"\r\n\r\n", b"\r\nX-Empty:\r\n\r\n"),
    "twice": PLAIN.replace(b"\r\n\r\n", b"\r\nLink: <a>\r\nLink: <b>\r\n\r\n"),
    "two lengths": PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
    "a colon": PLAIN.replace(b"\r\n\r\n", b"\r\nLink: <https://a/b?c:d>; e\r\n\r\n"),
    "quoted": PLAIN.replace(b"json\r", b"json; charset=\"utf-8\"; a='b'\r"),
    "closes": PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: X, Close\r\n\r\n"),
    "kept": PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"),
    "chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\na\r\n"
    + BODY
    + b"\r\n0\r\n\r\n",
    "chunked and a length": PLAIN.replace(
        b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"
    )
    + BODY
    + b"\r\n0\r\n\r\n",
    "an unknown encoding": PLAIN.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: gzip\r\n\r\n"),
    "no length": b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n",
    "no headers": b"HTTP/1.1 200 OK\r\n\r\n",
    "no reason": PLAIN.replace(b" OK", b""),
    "only a space": PLAIN.replace(b"OK", b""),
    "old": PLAIN.replace(b"1.1", b"1.0"),
    "other lengths": PLAIN.replace(b"10", b"+1_0"),
    "a negative length": PLAIN.replace(b"10", b"-1"),
    "no number": PLAIN.replace(b"10", b"ten"),
    "a large number": PLAIN.replace(b"10", b"9" * 30),
    "no content": PLAIN.replace(b"200 OK", b"204 No Content"),
    "not modified": PLAIN.replace(b"200 OK", b"304 Not Modified"),
    "informational": b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
    "folded": PLAIN.replace(b"\r\n\r\n", b"\r\nX-Long: a\r\n b\r\n\tc\r\n\r\n"),
    "bare line feeds": PLAIN.replace(b"\r\n", b"\n"),
    "no colon": PLAIN.replace(b"\r\n\r\n", b"\r\nnonsense\r\nX: y\r\n\r\n"),
    "a space in a name": PLAIN.replace(b"\r\n\r\n", b"\r\nX Y: z\r\nA: b\r\n\r\n"),
    "a space behind a name": PLAIN.replace(b"\r\n\r\n", b"\r\nX : z\r\nA: b\r\n\r\n"),
    "no name": PLAIN.replace(b"\r\n\r\n", b"\r\n: z\r\nA: b\r\n\r\n"),
    "latin 1": PLAIN.replace(b"\r\n\r\n", b"\r\nX: Gr\xfc\xdfe\r\n\r\n"),
    "a control character": PLAIN.replace(b"\r\n\r\n", b"\r\nX: a\x0bb\x00\r\nA: b\r\n\r\n"),
    "many": PLAIN.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 90 + b"\r\n"),
    "too many": PLAIN.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 120 + b"\r\n"),
    "long": PLAIN.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 20_000 + b"\r\n\r\n"),
    "too long": PLAIN.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"),
    "no HTTP": b"SSH-2.0-x\r\n\r\n",
    "another version": PLAIN.replace(b"1.1", b"2.0"),
    "no status": PLAIN.replace(b"200", b"abc"),
    "nothing": b"",
    "cut": PLAIN[:-4],
}


def read(
    response_class: Callable[..., http.client.HTTPResponse], text: bytes, method: str
) -> list[t.Any] | str:
    """Return all that a response says, or the error that it raises."""
    near, far = socket.socketpair()
    with near, far:
        far.settimeout(10)
        near.settimeout(10)
        # A long head is more than a socket takes at once.
        far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        far.sendall(text)
        far.shutdown(socket.SHUT_WR)
        response = response_class(near, method=method)
        try:
            response.begin()
            said = [
                getattr(response, name)
                for name in (
                    "version",
                    "status",
                    "code",
                    "reason",
                    "length",
                    "chunked",
                    "will_close",
                )
            ]
            headers = response.headers
            return [
                *said,
                headers.items(),
                headers.get_payload(),
                repr(headers.defects),
                response.read(),
            ]
        except (http.client.HTTPException, OSError, OverflowError) as error:
            return repr(error)
        finally:
            response.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", HEADS)
def test_a_head_says_what_http_client_reads_in_it(name: str, method: str) -> None:
    text = HEADS[name] + (b"" if "chunked" in name or name == "cut" else BODY)
    expected = read(http.client.HTTPResponse, text, method)
    found = read(FinalResponse, text, method)
    if isinstance(expected, list) and isinstance(found, list):
        # No payload, whether or not the parser for e-mail has looked for one.
        expected[8], found[8] = expected[8] or "", found[8] or ""
    assert found == expected


def test_an_early_hint_is_no_answer() -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    assert read(FinalResponse, hint + PLAIN + BODY, "GET")[1] == 200


def test_a_plain_head_costs_no_parser_for_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(http.client, "parse_headers")
    for head in ("plain", "chunked", "twice", "kept"):
        text = HEADS[head] + (b"" if head == "chunked" else BODY)
        assert read(FinalResponse, text, "GET")[-1] == BODY
