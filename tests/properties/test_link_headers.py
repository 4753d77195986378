"""The next page is found in any Link header that RFC 8288 allows, and no header is a trap."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from singer_kit.paging.links import find_link

TARGETS = st.text(st.characters(exclude_characters="<>", min_codepoint=33, max_codepoint=126))
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-*", min_size=1, max_size=8)
QUOTED = st.text(st.characters(exclude_characters='"', min_codepoint=32, max_codepoint=126))
SPACES = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def parameters(draw: st.DrawFn) -> str:
    """Parameters other than rel."""
    found = ""
    for name in draw(st.lists(TOKENS.filter(lambda name: name != "rel"), max_size=2)):
        value = draw(st.one_of(st.just(""), TOKENS.map("={}".format), QUOTED.map('="{}"'.format)))
        found += f"{draw(SPACES)};{draw(SPACES)}{name}{value}"
    return found


@st.composite
def links(draw: st.DrawFn, relation: str) -> tuple[str, str]:
    """A link of a relation: its target, and how it may be written."""
    target = draw(TARGETS)
    others = draw(
        st.lists(st.sampled_from(["first", "last", "https://example.org/rel"]), max_size=2)
    )
    relations = draw(
        st.permutations([*others, draw(st.sampled_from([relation, relation.upper()]))])
    )
    value = (
        f'"{" ".join(relations)}"' if len(relations) > 1 or draw(st.booleans()) else relations[0]
    )
    rel = draw(st.sampled_from(["rel", "REL", "Rel"]))
    text = f"<{target}>{draw(parameters())}{draw(SPACES)};{draw(SPACES)}{rel}={value}"
    return target, text + draw(parameters())


@given(links("next"), st.lists(links("prev"), max_size=3), st.data())
def test_next_is_found_among_others(
    link: tuple[str, str], others: list[tuple[str, str]], data: st.DataObject
) -> None:
    target, text = link
    texts = data.draw(st.permutations([text, *(other for _, other in others)]))
    separator = f"{data.draw(SPACES)},{data.draw(SPACES)}"
    assert find_link(separator.join(texts), "next") == target


@given(st.lists(links("prev"), max_size=3))
def test_without_next_there_is_none(others: list[tuple[str, str]]) -> None:
    assert find_link(", ".join(text for _, text in others), "next") is None


@given(st.text())
@example("<" * 20_000)
@example('<a>; rel="' * 3_000)
@example("<a>" + "; b" * 20_000)
def test_no_header_is_a_trap(header: str) -> None:
    found = find_link(header, "next")
    assert found is None or found in header
