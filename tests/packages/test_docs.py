"""Links between Markdown files lead somewhere, and the page on the state names all of its keys."""

from __future__ import annotations

import os
import re
import typing as t
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATE_KEYS = re.compile(
    r"""^(?:STATE_KEY|READ_UNTIL|COLUMNS|NESTED|UNORDERED) = "(\w+)"$""", re.MULTILINE
)


def find_pages() -> t.Iterator[Path]:
    """Yield the Markdown files, those of environments and working folders left out."""
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if (not name.startswith(".") or name == ".github") and name not in {"target", "_kit"}
        ]
        yield from (here / name for name in sorted(files) if name.endswith(".md"))


PAGES = {page.relative_to(ROOT).as_posix(): page for page in find_pages()}


@cache
def read_prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


@cache
def list_anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page: its own, and those that GitHub makes of headings."""
    found: Counter[str] = Counter()
    anchors = set(re.findall(r'<a (?:id|name)="([^"]+)">', read_prose(page)))
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", read_prose(page), re.MULTILINE):
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        anchors.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return frozenset(anchors)


def find_dead_links(page: Path) -> t.Iterator[str]:
    """Yield the relative links of a page that lead nowhere."""
    prose = re.sub(r"`[^`\n]*`", "", read_prose(page))
    links = re.findall(r"\]\(\s*<?([^)\s>]+)", prose)
    links += re.findall(r"^\[[^\]]+\]: *(\S+)", prose, re.MULTILINE)
    for link in links:
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        is_page = target.suffix == ".md" and target.is_file()
        if not target.exists() or (anchor and is_page and anchor not in list_anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    assert list(find_dead_links(PAGES[page])) == []


def test_the_index_links_every_page_of_docs() -> None:
    index = PAGES["docs/README.md"].read_text(encoding="utf-8")
    pages = [name.removeprefix("docs/") for name in PAGES if name.startswith("docs/")]
    assert [page for page in pages if page != "README.md" and f"]({page}" not in index] == []


def test_the_page_on_the_state_names_every_key() -> None:
    sources = [*(ROOT / "kit" / "singer_kit").rglob("*.py")]
    for tap in ROOT.glob("tap-*/tap_*"):
        sources += [path for path in tap.rglob("*.py") if "_kit" not in path.parts]
    keys = {key for path in sources for key in STATE_KEYS.findall(path.read_text(encoding="utf-8"))}
    table = PAGES["docs/state.md"].read_text(encoding="utf-8").partition("## Keys of a checkpoint")
    named = set(re.findall(r"^\| `(\w+)` \|", table[2].partition("\n## ")[0], re.MULTILINE))
    assert named == keys
