"""SECURITY.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[\w/.:]+)`", (ROOT / "SECURITY.md").read_text())))


@pytest.mark.parametrize("named", NAMED)
def test_a_guard_has_its_test(named: str) -> None:
    path, _, function = named.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not function or f"def {function}(" in text


def test_guards_are_named() -> None:
    assert len(NAMED) > 15
