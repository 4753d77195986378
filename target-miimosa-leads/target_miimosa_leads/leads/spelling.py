"""One spelling of a value: for what is sent, and for telling whether two values are the same."""

from __future__ import annotations

import re
import typing as t
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

# Zero width space, word joiner, byte order mark, soft hyphen: as good as white space.
_INVISIBLE = "\u200b\u2060\ufeff\u00ad"
_OUTER = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_EMAIL = re.compile(r"[^@\s/:]+@[^@\s/:]+")
_FRACTION = re.compile(r"(-?\d+)(?:\.0+|(\.\d*?)0+)")
_MOST_DIGITS = 400


def to_text(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a value as it is sent.

    Numbers become plain text, without a fraction that is zero; text loses outer white space;
    anything else stays.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() else _OUTER.sub("", text)
    if isinstance(value, (int, float, Decimal)):
        return _format_number(Decimal(str(value)))
    return value


def _format_number(number: Decimal) -> str:
    # Written out, some numbers of a few characters would fill the memory.
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return str(number)
    # Not all zeros at the end: an amount of 1200.50 stays as it was written.
    return str(int(number)) if number == int(number) else format(number, "f")


def canonicalize(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a JSON value in the one form that stands for all its spellings.

    Order of members, Unicode normalization form, format characters, the kind and amount of white
    space, the case of e-mail addresses and the way of writing a number do not matter; null is the
    same as absent. (By the standard the local part of an address may differ by case; with the
    providers of today it does not, and a lead sent twice is worse than one shown to a person.)
    """
    if isinstance(value, str):
        return _canonicalize_text(value)
    if isinstance(value, Mapping):
        return {_canonicalize_text(k): canonicalize(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [canonicalize(item) for item in value]
    return to_text(value)


def canonicalize_content(lead: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return fields in the one form of a content, in which 5000, 5000.0 and "5000.00" are the same.

    Not so in a key: there 1.10 and 1.1 may be two versions of a thing, or two chapters.
    """
    canonical = {name: canonicalize(value) for name, value in lead.items() if value is not None}
    return {
        name: _FRACTION.sub(r"\1\2", value) if _is_fraction(value) else value
        for name, value in canonical.items()
    }


def _is_fraction(value: t.Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and "." in value and _FRACTION.fullmatch(value) is not None


def _canonicalize_text(text: str) -> str:
    if not text.isascii():
        visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
        text = unicodedata.normalize("NFC", visible)
    words = " ".join(text.split())
    return words.lower() if "@" in words and _EMAIL.fullmatch(words) else words
