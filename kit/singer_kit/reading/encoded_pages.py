"""Reads pages whose rows go out as they came, without a dictionary for any of them.

A page is decoded into structs made from the stream's schema, which is also the check that it fits,
and these are encoded again. Where that gives the very bytes of the answer, nothing in it is written
in another way than RECORD messages have it: no number, timestamp, escape, space, double or unknown
key. Single rows that differ are looked at one by one. Fields of which all texts mean something else
are read by themselves, and what is left to the stream is asked of it. Whatever else a page may
hold, it is left to the careful way: decoded, made to fit, transformed, encoded.
"""

from __future__ import annotations

import functools
import itertools
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from operator import attrgetter

import msgspec

from ..encoded_rows import EncodedRows, are_unset
from ..http.body import undecoded_list
from ..http.texts import may_hold_null
from .outline import learn
from .page_check import PageCheck
from .row_types import RowTypes, attribute
from .text_fields import TextFields, UnfitTextError
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
_ZONE = attrgetter("tzinfo")
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
        places: Attributes for the fields that each row gets from its list.
        undeclared: The fields that the schema does not declare.
        moments: Returns the values of fields that hold timestamps; None where there are none.
        check: Tells whether single rows fit.
    """

    page: msgspec.json.Decoder[t.Any]
    row: msgspec.json.Decoder[t.Any]
    fields: Mapping[str, str]
    places: Mapping[str, str]
    undeclared: frozenset[str]
    moments: Callable[[t.Any], t.Any] | None
    check: PageCheck


class EncodedPages:
    """Reads the pages of one stream.

    Args:
        schema: JSON schema of the rows.
        keys: Fields of which each row must have a value.
        envelopes: The key under which the list may stand.
        added: Fields that each row may get from its list.
        leaves: Tells whether the stream would leave rows that fit as they are.
    """

    def __init__(
        self,
        schema: Mapping[str, t.Any],
        keys: Collection[str],
        envelopes: Sequence[str],
        added: Sequence[str],
        leaves: Callable[[EncodedRows], bool],
    ) -> None:
        """Know nothing yet of how rows look."""
        self._schema = schema
        self._keys = keys
        self._envelopes = envelopes
        self._added = added
        self._leaves = leaves
        self._texts = TextFields(schema, keys)
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
        page = undecoded_list(response, self._envelopes)
        if page is None or may_hold_null(page) or not self._check.exact:
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
        """Take note of the fields of a page's rows; tell whether that changes how they are read."""
        try:
            rows = _ROWS.decode(page)
        except _UNREADABLE:
            return False
        changed = [learn(self._outline, row, self._schema) for row in rows]
        changed.append(self._texts.learn(self._check.misfits(rows)))
        if not any(changed) or EXTRA in self._outline or self._forms == MOST_FORMS:
            return False
        self._forms += 1
        schema = self._texts.widened()
        check = self._check if schema is self._schema else PageCheck(schema)
        declared = schema.get("properties", {})
        # Behind those of the rows: what their list adds, and in the last one goes out what no
        # schema declares.
        added = [name for name in self._added if name not in self._outline]
        outline: Outline = {**self._outline, **{name: {} for name in [*added, EXTRA]}}
        attributes = {name: attribute(index) for index, name in enumerate(outline)}
        row = RowTypes().struct(schema, outline)
        self._form = _Form(
            page=msgspec.json.Decoder(list[row]),  # type: ignore[valid-type]
            row=msgspec.json.Decoder(row),
            fields={name: each for name, each in attributes.items() if name not in added},
            places={name: attributes[name] for name in added},
            undeclared=frozenset(self._outline).difference(declared),
            moments=_getter([name for name in check.moments if name in outline], outline),
            check=check,
        )
        return True

    def _attempt(self, page: bytes) -> EncodedRows | None:
        form = self._form
        if form is None:
            return None
        try:
            rows = form.page.decode(page)
            encoded = bytes(_ENCODER.encode_lines(rows))
            is_alike = b"[%b]" % encoded[:-1].replace(b"\n", b",") == page
            texts = [] if is_alike else encoded.split(b"\n")[:-1]
            lines = encoded if is_alike else self._mend(page, rows, texts, form)
        except _UNREADABLE:
            return None
        if lines is None:
            return None
        places = form.places if is_alike else {}
        found = EncodedRows(rows, form.fields, form.undeclared, lines, places=places)
        if not self._may_go_out(rows, form, found):
            return None
        return self._with_texts_read(rows, form, found, may_encode=is_alike)

    def _with_texts_read(
        self, rows: list[t.Any], form: _Form, found: EncodedRows, *, may_encode: bool
    ) -> EncodedRows | None:
        """Return rows with their texts read; None if some mean nothing.

        Args:
            rows: The rows.
            form: How they are read.
            found: The same.
            may_encode: Whether the rows may be encoded again.
        """
        try:
            if not self._texts.rewrite(rows, form.fields):
                return found
        except UnfitTextError:
            return None
        if not may_encode:
            return None
        return EncodedRows(rows, form.fields, form.undeclared, None, places=form.places)

    def _may_go_out(self, rows: list[t.Any], form: _Form, found: EncodedRows) -> bool:
        if form.moments and not _are_utc(map(form.moments, rows)):
            return False
        columns = [found.column(name) for name in self._keys]
        if any(None in values or "" in values for values in columns) or not found.lacks(EXTRA):
            return False
        # A row that has one of these itself keeps it.
        if not all(are_unset(rows, place) for place in form.places.values()):
            return False
        return self._leaves(found)

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
            if not (form.fields.keys() >= record.keys() and form.check.passes([record])):
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
    return set(map(_ZONE, [value for value in values if isinstance(value, datetime)])) <= {_UTC}
