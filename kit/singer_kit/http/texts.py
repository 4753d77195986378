r"""Texts that no loader takes: half a surrogate pair, U+0000, bytes that are not UTF-8.

APIs cut texts in the middle of an emoji, and hand on what somebody pasted. Such a body is whole:
to ask again brings the same. Only what cannot be read or stored is replaced.
"""

from __future__ import annotations

import re

# A JSON text, or one whose end is missing: matched too, so that no quote inside is tried as a
# beginning, which would take quadratic time.
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# Every escape is matched from its backslash on, so that an escaped backslash hides what follows.
_ESCAPE = re.compile(
    rb"(?P<fine>\\[^u]|" + _HIGH + _LOW + rb")"
    rb"|(?P<half>" + _HIGH + rb"|" + _LOW + rb")"
    rb"|\\u0000|\x00"
    rb"|(?P<control>[\x01-\x1f])",
    re.DOTALL,
)
_REPLACEMENT = rb"\ufffd"


def may_hold_null(body: bytes) -> bool:
    r"""Tell whether a JSON body may hold the escape ``\u0000``, which is valid JSON."""
    # Most bodies hold no escape at all. From behind, CPython searches three times as fast.
    return b"\\" in body and body.rfind(rb"\u0000") >= 0


def repaired(body: bytes) -> tuple[bytes, int]:
    r"""Replace in a JSON body what cannot be read or stored.

    Half a surrogate pair and bytes that are not UTF-8 become U+FFFD, U+0000 goes (PostgreSQL stores
    none), raw control characters are escaped. All else stays as it is, byte for byte.

    Args:
        body: JSON, possibly cut.

    Returns:
        The body, and the number of texts, keys included, that were changed.
    """
    count = 0

    def repair(match: re.Match[bytes]) -> bytes:
        nonlocal count
        text = _ESCAPE.sub(_replacement, _utf8(match[0]))
        count += text != match[0]
        return text

    return _TEXT.sub(repair, body), count


def _replacement(match: re.Match[bytes]) -> bytes:
    if match["fine"]:
        return match["fine"]
    if match["half"]:
        return _REPLACEMENT
    if match["control"]:
        return rb"\u%04x" % ord(match["control"])
    return b""


def _utf8(text: bytes) -> bytes:
    return text.decode(errors="replace").encode()
