"""Every error and warning that a user can meet has an entry in docs/troubleshooting*.md."""

from __future__ import annotations

import re
from collections import Counter

from tests import messages

PAGES = sorted((messages.ROOT / "docs").glob("troubleshooting*.md"))
OTHERS = "\n## Messages of other programs\n"


def read_entries() -> list[str]:
    """Return the messages that have an entry, with the placeholder of the sources."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").partition(OTHERS)[0]
        lines = re.findall(r"^(?:- |  )`(.+)`\\$", text, re.MULTILINE)
        found += [re.sub(r"<[^<>]+>", messages.PLACEHOLDER, line) for line in lines]
    return found


def test_each_message_has_an_entry() -> None:
    entries = set(read_entries())
    missing = [each for each in messages.collect() if each.template not in entries]
    assert not missing, "without an entry in docs/troubleshooting*.md:\n" + "\n".join(
        f"{each.place}: {each.template}" for each in missing
    )


def test_each_entry_is_a_message() -> None:
    known = {each.template for each in messages.collect()}
    assert sorted(set(read_entries()) - known) == [], "no program says this any more"


def test_no_message_has_two_entries() -> None:
    assert [text for text, count in Counter(read_entries()).items() if count > 1] == []
