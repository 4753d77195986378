"""docs/reliability.md says what the files of figures say, and names tests that there are."""

from __future__ import annotations

import re

import pytest

from reliability.figures import ROOT
from reliability.page import COMMANDS, PAGE, write
from reliability.promises import PROMISES
from tests.faults.guards import GUARDS, READINGS, Guard


def test_the_page_is_what_make_reliability_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == write()


@pytest.mark.parametrize("named", sorted({test for each in PROMISES for test in each.tests}))
def test_a_promise_names_a_test_that_there_is(named: str) -> None:
    path, _, function = named.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not function or f"def {function}(" in text


def test_each_figure_can_be_repeated() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {each.repeat.removeprefix("make ") for each in PROMISES} <= targets
    assert {*COMMANDS, "reliability"} <= targets


@pytest.mark.parametrize("guard", [*GUARDS, *READINGS], ids=lambda guard: guard.name)
def test_a_guard_can_be_taken_out(guard: Guard) -> None:
    source = (ROOT / "kit" / "singer_kit" / guard.path).read_text(encoding="utf-8")
    assert source.count(guard.old) == 1
    for path in guard.tests.split():
        assert (ROOT / path).is_file()
