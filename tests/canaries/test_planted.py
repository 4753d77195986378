"""The search finds a canary in every spelling, and the beginning of one."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from tests.canaries.planted import EVERYTHING, TOLD, find

SPELLINGS = {
    "plain": str,
    "quoted": lambda text: quote(text, safe=""),
    "quoted twice": lambda text: quote(quote(text, safe=""), safe=""),
    "with pluses": quote_plus,
    "each octet": lambda text: "".join(f"%{octet:02x}" for octet in text.encode()),
    "Python": repr,
    "JSON": json.dumps,
    "JSON, each character": lambda text: "".join(f"\\u{ord(each):04X}" for each in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, behind a name": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "base64, behind another": lambda text: base64.b64encode(f"you:{text}".encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "capitals": str.upper,
    "cut": lambda text: text[:10],
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_found(spelling: object) -> None:
    assert callable(spelling)
    for canary in EVERYTHING:
        assert find(EVERYTHING, f"before {spelling(canary)} after") == [canary]


def test_nothing_is_found_in_other_texts() -> None:
    assert find(EVERYTHING, "GET /users?email=*** 100% \\x41 \\ and 1951-11-24") == []
    assert find(EVERYTHING, TOLD) == EVERYTHING
