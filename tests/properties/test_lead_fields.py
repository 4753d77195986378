"""Two spellings of a lead are one lead, and two leads never become one."""

from __future__ import annotations

import contextlib
import json
import typing as t
import unicodedata
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from target_miimosa_leads.leads.fingerprint import Fingerprints
from target_miimosa_leads.leads.spelling import to_text

HASHES = Fingerprints(b"a key of the journal")
WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
NUMBERS = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans())
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LEADS = st.dictionaries(
    st.sampled_from(["email", "firstname", "phone", "city", "project_total_budget", "answers"]),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(TEXTS, SCALARS, max_size=2)),
    min_size=1,
)
SPACES = st.sampled_from([" ", "  ", "\t", "\n", "\u00a0", "\u3000"])
EDGES = st.sampled_from(["", " ", "\n", "\u200b", "\ufeff", "\u00a0"])


@st.composite
def respell(draw: st.DrawFn, value: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Another spelling of a value: that of another form, program or person."""
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        more = {"absent": None} if draw(st.booleans()) else {}
        return {**{name: draw(respell(value[name])) for name in names}, **more}
    if isinstance(value, list):
        return [draw(respell(item)) for item in value]
    if isinstance(value, str):
        form = draw(st.sampled_from(["NFC", "NFD"]))
        words = unicodedata.normalize(form, value).split(" ")
        return draw(EDGES) + draw(SPACES).join(words) + draw(EDGES)
    if isinstance(value, bool):
        return value
    return draw(st.sampled_from([value, to_text(value)]))


@given(LEADS, st.data())
def test_two_spellings_of_a_lead_have_the_same_fingerprints(
    lead: dict[str, t.Any], data: st.DataObject
) -> None:
    other = data.draw(respell(lead))
    assert HASHES.hash_content(other) == HASHES.hash_content(lead)
    assert HASHES.hash_identity("leads", _key(other)) == HASHES.hash_identity("leads", _key(lead))


@given(LEADS, st.data())
def test_another_word_or_number_makes_another_lead(
    lead: dict[str, t.Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(lead)))
    other = {**lead, name: data.draw(SCALARS)}
    assume(_reduced(other[name]) != _reduced(lead[name]))
    assert HASHES.hash_content(other) != HASHES.hash_content(lead)
    assert HASHES.hash_identity("leads", other) != HASHES.hash_identity("leads", lead)


@given(ANY)
def test_what_is_sent_is_sent_the_same_again(value: t.Any) -> None:  # noqa: ANN401 - JSON
    assert to_text(to_text(value)) == to_text(value)


@given(NUMBERS)
def test_a_number_is_sent_as_what_it_is(number: float | Decimal) -> None:
    assert Decimal(to_text(number)) == Decimal(str(number))


def _key(lead: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in lead.items() if value is not None}


def _reduced(value: t.Any) -> str:  # noqa: ANN401 - JSON
    """What is left of a value without spaces and case: where that differs, the values do."""
    if not isinstance(value, (dict, list, bool)):
        with contextlib.suppress(ArithmeticError):
            value = str(Decimal(value).normalize())
    text = unicodedata.normalize("NFC", json.dumps(value, default=str, ensure_ascii=False))
    return "".join(text.split()).lower()
