"""Reads and checks response bodies: nothing but whole, plausible JSON counts as an answer."""

from __future__ import annotations

import codecs
import functools
import io
import json
import typing as t
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import msgspec
import requests

from ..errors import ContentError
from . import texts

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

CHUNK = 64 * 1024
# The largest page that any of the four APIs was seen to send is well under one megabyte.
MAX_BYTES = 64 * 1024 * 1024
_ERROR_KEYS = ("error", "errors")
# Where a response keeps what its body is, how many of its texts had to be repaired, and what stands
# beside a list that is not decoded.
_DECODED = "decoded"
_REPAIRED = "repaired"
_META = "meta"
_leaves_lists: ContextVar[Collection[str] | None] = ContextVar("leaves_lists", default=None)
_META_DECODER = msgspec.json.Decoder(dict[str, t.Any] | None)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class CutContentError(ContentError):
    """The body ends too early or is not JSON at all: worth another try."""


class WholeResponse(requests.Response):
    """A response that keeps its body in one piece, as requests would put it together from many.

    Attributes:
        body: The body, once it was read.
    """

    body: bytes | None = None

    @property
    def content(self) -> bytes:
        """The body."""
        return super().content if self.body is None else self.body


def read_body(response: requests.Response, *, max_bytes: int = MAX_BYTES) -> None:
    """Read the whole body within a size, and leave it in the response.

    Args:
        response: A response opened with ``stream=True``.
        max_bytes: Size that is not exceeded, after decompression.

    Raises:
        ContentError: If the body is larger.
    """
    chunks: list[bytes] = []
    size = 0
    if "Content-Encoding" not in response.headers:
        # Its length is known before, as a rule.
        length = response.raw.length_remaining
        if length is not None and length <= max_bytes:
            chunks.append(response.raw.read())
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            response.close()
            raise ContentError(f"{describe(response)} is larger than {max_bytes} bytes.")
    # Back to the connection pool, then a plain file in its place: requests reads it as usual.
    response.raw.release_conn()
    body = b"".join(chunks)
    response.raw = io.BytesIO(body)
    if isinstance(response, WholeResponse):
        response.body = body


@contextmanager
def leaving_lists(envelopes: Collection[str]) -> Iterator[None]:
    """Leave lists that look whole to whoever reads them, inside the block.

    That may be another thread: what one processor has made costs another one more to read than to
    make itself. And it may have a cheaper way than to decode all of it.

    Args:
        envelopes: Keys under which the list may stand.
    """
    token = _leaves_lists.set(envelopes)
    try:
        yield
    finally:
        _leaves_lists.reset(token)


def check(response: requests.Response) -> None:
    """See that a successful response holds whole, plausible JSON: an array or an object.

    Args:
        response: Its body is read already.

    Raises:
        CutContentError: If the body is not valid JSON.
        ContentError: If it is HTML, null, a scalar, or an object that only tells of an error.
    """
    body = json_text(response)
    kind = response.headers.get("Content-Type", "")
    if body[:1] == b"<" or kind.startswith("text/html"):
        raise ContentError(f"{describe(response)} is HTML, not JSON.")
    if not body:
        raise ContentError(f"{describe(response)} is empty.")
    envelopes = _leaves_lists.get()
    if envelopes is None or not _looks_like_a_whole_list(body, envelopes):
        decoded(response)


def _looks_like_a_whole_list(body: bytes, envelopes: Collection[str]) -> bool:
    if body[:1] == b"[":
        return body.endswith(b"]")
    begins = (b'{"meta":{', *(b'{"%b":[' % key.encode() for key in envelopes))
    return bool(envelopes) and body.startswith(begins) and body.endswith(b"}")


def decoded(response: requests.Response) -> t.Any:  # noqa: ANN401
    """Return the JSON of a checked response, decoded once however many ask for it.

    Returns:
        A list or a dictionary.

    Raises:
        CutContentError: If the body is not valid JSON, with its texts repaired.
        ContentError: If it is null, a scalar, or an object that only tells of an error.
    """
    data = vars(response).get(_DECODED)
    if data is not None:
        return data
    try:
        data, vars(response)[_REPAIRED] = _decode(json_text(response))
    except _UNREADABLE:
        raise CutContentError(f"{describe(response)} is not valid JSON (cut off?).") from None
    if not isinstance(data, (list, dict)):
        found = "null" if data is None else type(data).__name__
        raise ContentError(f"{describe(response)} is {found}, neither an array nor an object.")
    if isinstance(data, dict) and _only_an_error(data):
        raise ContentError(f"{describe(response)} has status 200 but tells of an error.")
    vars(response)[_DECODED] = data
    # Of a list that is read without being decoded, it may have been told before.
    vars(response).pop(_META, None)
    return data


def undecoded_list(response: requests.Response, envelopes: Sequence[str]) -> bytes | None:
    """Return the JSON array that a response is, or that stands in its envelope.

    Args:
        response: A checked response.
        envelopes: The key under which the list may stand.

    Returns:
        The array as it came; it may not be valid JSON. None if the response is anything else, or
        has more in its envelope than the list and ``meta``.
    """
    body = json_text(response)
    if body[:1] == b"[":
        return body
    if len(envelopes) != 1:
        return None
    try:
        meta, rows = _split(body, envelopes[0]) or _take_apart(body, envelopes[0])
    except _UNREADABLE:
        return None
    vars(response)[_META] = meta
    return rows


def _split(body: bytes, key: str) -> tuple[dict[str, t.Any], bytes] | None:
    """Return ``meta`` and the list behind it, without a look at the list; None if in doubt.

    Where the list turns out to be valid JSON, there is nothing but these two in the envelope.
    """
    begins, mark = b'{"meta":', b',"%b":' % key.encode()
    end = body.find(mark, len(begins))
    if end < 0 or not body.startswith(begins) or not body.endswith(b"]}"):
        return None
    try:
        meta = _META_DECODER.decode(body[len(begins) : end])
    except _UNREADABLE:
        # Such as where the key stands inside of it, too.
        return None
    return meta or {}, body[end + len(mark) : -1]


def _take_apart(body: bytes, key: str) -> tuple[dict[str, t.Any], bytes]:
    """Return ``meta``, wherever it stands, and the list.

    Raises:
        msgspec.DecodeError: If there is anything else in the envelope.
    """
    found = _envelope(key).decode(body)
    return found.meta or {}, bytes(found.rows)


@functools.lru_cache(maxsize=64)
def _envelope(key: str) -> msgspec.json.Decoder[t.Any]:
    """Return what decodes an envelope without its list."""
    fields: list[tuple[str, t.Any] | tuple[str, t.Any, t.Any]] = [
        ("rows", msgspec.Raw),
        ("meta", dict[str, t.Any] | None, None),
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct("Envelope", fields, rename={"rows": key}, forbid_unknown_fields=True)
    )


def read_meta(response: requests.Response) -> dict[str, t.Any]:
    """Return the ``meta`` of a list; empty if it has none."""
    found = vars(response).get(_META)
    if found is None:
        data = decoded(response)
        found = (data.get("meta") or {}) if isinstance(data, dict) else {}
    return t.cast("dict[str, t.Any]", found)


def repaired(response: requests.Response) -> int:
    """Return the number of texts, keys included, that were repaired in a decoded response."""
    return int(vars(response).get(_REPAIRED, 0))


def _decode(body: bytes) -> tuple[t.Any, int]:
    """Return what a body holds, and the number of its texts that had to be repaired.

    Raises:
        msgspec.DecodeError: If it is not valid JSON, as where it was cut off.
    """
    if not texts.may_hold_null(body):
        try:
            return msgspec.json.decode(body), 0
        except _UNREADABLE:
            # Repaired below, unless it is cut.
            pass
    body, count = texts.repaired(body)
    try:
        return msgspec.json.decode(body), count
    except msgspec.DecodeError:
        return _with_odd_numbers(body), count


def _with_odd_numbers(body: bytes) -> t.Any:  # noqa: ANN401
    """Return what a body holds, numbers that JSON does not know, such as NaN and 1e400, as floats.

    No schema lets them through, and where none is, the encoder writes null.

    Raises:
        msgspec.DecodeError: If it is not valid JSON all the same.
    """
    try:
        return json.loads(body)
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from None


def json_text(response: requests.Response) -> bytes:
    """Return the body without what may stand around JSON."""
    return response.content.removeprefix(codecs.BOM_UTF8).strip()


def _only_an_error(data: dict[str, t.Any]) -> bool:
    """Tell an error from a record, and from a body that the stream judges by its ``result``."""
    return any(data.get(key) for key in _ERROR_KEYS) and "id" not in data and "result" not in data


def describe(response: requests.Response) -> str:
    """Return how to name a response in a message: method and path, no query, no values."""
    method = response.request.method or "GET"
    parts = urlsplit(response.url)
    # Without what stands before an @: somebody may keep a password there.
    host = parts.netloc.rpartition("@")[2]
    return f"The answer to {method} {parts.scheme}://{host}{parts.path}"
