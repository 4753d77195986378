"""Reads pages whose rows go out as they came, without a dictionary for any of them.

A page is decoded into structs made from the stream's schema, which is also the check that it fits,
and these are encoded again. Where that gives the very bytes of the answer, nothing in it is written
in another way than RECORD messages have it: no number, timestamp, escape, space, double or unknown
key. Single rows that differ are looked at one by one. Whatever else a page may hold, it is left to
the careful way: decoded, made to fit, encoded.
"""

from __future__ import annotations

import functools
import itertools
import typing as t
from dataclasses import dataclass
from datetime import timezone
from operator import attrgetter

import msgspec

from ..encoded_rows import EncodedRows
from ..http.body import json_text
from ..http.texts import may_hold_null
from .outline import learn
from .page_check import PageCheck
from .row_types import RowTypes, attribute
from .unknown_fields import EXTRA

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import requests

    from ..records import Record
    from .outline import Outline

# Pages of a stream that take the careful way before types are made, which costs as much as them.
FIRST = 1
# The longest pause between two attempts, in pages, where one after the other fails.
LONGEST_PAUSE = 64
# Types are made anew so many times at the most.
MOST_FORMS = 20

_UTC = timezone.utc
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ENCODER = msgspec.json.Encoder()
_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_ROWS = msgspec.json.Decoder(list[dict[str, t.Any]])


@dataclass(frozen=True)
class _Form:
    """How the rows of a list are read.

    Attributes:
        page: Decodes a page.
        row: Decodes a row.
        fields: Attribute of each field.
        undeclared: The fields that the schema does not declare.
        moments: Returns the values of fields that hold timestamps; None where there are none.
    """

    page: msgspec.json.Decoder[t.Any]
    row: msgspec.json.Decoder[t.Any]
    fields: Mapping[str, str]
    undeclared: frozenset[str]
    moments: Callable[[t.Any], t.Any] | None


class EncodedPages:
    """Reads the pages of one stream.

    Args:
        schema: JSON schema of the rows.
        keys: Fields of which each row must have a value.
    """

    def __init__(self, schema: Mapping[str, t.Any], keys: Collection[str]) -> None:
        """Know nothing yet of how rows look."""
        self._schema = schema
        self._keys = keys
        self._outline: Outline = {}
        self._form: _Form | None = None
        self._forms = 0
        self._left_out = FIRST
        self._pause = 0

    @functools.cached_property
    def _check(self) -> PageCheck:
        return PageCheck(self._schema)

    def read(self, response: requests.Response) -> EncodedRows | None:
        """Return the rows of an answer; None if it has to take the careful way."""
        if self._left_out:
            self._left_out -= 1
            return None
        page = json_text(response)
        if page[:1] != b"[" or may_hold_null(page) or not self._check.exact:
            return None
        found = self._attempt(page)
        if found is None and self._learn(page):
            found = self._attempt(page)
        if found is None:
            self._pause = min(2 * self._pause or 1, LONGEST_PAUSE)
            self._left_out = self._pause
        else:
            self._pause = 0
        return found

    def _learn(self, page: bytes) -> bool:
        """Take note of the fields of a page's rows; tell whether there are new ones."""
        try:
            rows = _ROWS.decode(page)
        except _UNREADABLE:
            return False
        changed = [learn(self._outline, row, self._schema) for row in rows]
        if not any(changed) or EXTRA in self._outline or self._forms == MOST_FORMS:
            return False
        self._forms += 1
        declared = self._schema.get("properties", {})
        # Behind all others: in it what no schema declares goes out.
        outline = {**self._outline, EXTRA: {}}
        row = RowTypes().struct(self._schema, outline)
        self._form = _Form(
            page=msgspec.json.Decoder(list[row]),  # type: ignore[valid-type]
            row=msgspec.json.Decoder(row),
            fields={name: attribute(index) for index, name in enumerate(outline)},
            undeclared=frozenset(self._outline).difference(declared),
            moments=_getter([name for name in self._check.moments if name in outline], outline),
        )
        return True

    def _attempt(self, page: bytes) -> EncodedRows | None:
        form = self._form
        if form is None:
            return None
        try:
            rows = form.page.decode(page)
            lines = bytes(_ENCODER.encode_lines(rows))
            if b"[%b]" % lines[:-1].replace(b"\n", b",") != page:
                mended = self._mend(page, rows, lines.split(b"\n")[:-1], form)
                if mended is None:
                    return None
                lines = mended
        except _UNREADABLE:
            return None
        if form.moments and not _are_utc(map(form.moments, rows)):
            return None
        found = EncodedRows(rows, form.fields, form.undeclared, lines)
        columns = [found.column(name) for name in self._keys]
        has_keys = not any(None in values or "" in values for values in columns)
        return found if has_keys and found.lacks(EXTRA) else None

    def _mend(
        self, page: bytes, rows: list[t.Any], texts: list[bytes], form: _Form
    ) -> bytes | None:
        """Write the rows that differ as the careful way would; None if most of them do.

        Args:
            page: The answer.
            rows: Its rows; those that differ are replaced.
            texts: What they were encoded to; changed in place.
            form: How they are read.
        """
        raw = _RAW.decode(page)
        odd = [index for index, text in enumerate(texts) if bytes(raw[index]) != text]
        if 2 * len(odd) > len(texts):
            return None
        for index in odd:
            record: Record = msgspec.json.decode(raw[index])
            text = _ENCODER.encode(record)
            if not (form.fields.keys() >= record.keys() and self._check.passes([record])):
                return None
            rows[index] = form.row.decode(text)
            if form.undeclared and _ENCODER.encode(rows[index]) != text:
                return None
            texts[index] = text
        return b"\n".join([*texts, b""])


def _getter(names: Sequence[str], outline: Outline) -> Callable[[t.Any], t.Any] | None:
    """Return what takes the values of fields from a row, as a tuple."""
    attributes = {name: attribute(index) for index, name in enumerate(outline)}
    # Of a single name attrgetter would return the value itself.
    wanted = [attributes[name] for name in names]
    return attrgetter(*wanted, wanted[0]) if wanted else None


def _are_utc(moments: Iterable[tuple[t.Any, ...]]) -> bool:
    """Tell whether timestamps have no other offset than Z; null and no value count as such."""
    values = itertools.chain.from_iterable(moments)
    return {getattr(value, "tzinfo", _UTC) for value in values} <= {_UTC}
