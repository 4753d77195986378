"""The keys of rows in the state: short, the same for the same rows, and of one query only."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from singer_kit.state.known_keys import MOST_TEXT, KnownKeys, fold, pack_keys, unfold, unpack_keys

KEYS: list[set[tuple[t.Any, ...]]] = [
    {(60003,), (60001,), (-5,), (0,)},
    {("41001",), ("b c",)},
    {(1,), ("1",)},
    {("2026-01-31", 7), ("2026-01-31", 8), ("2026-02-01", 7)},
    {("invoice", 5001, "2026-01-31", 0), ("invoice", 5001, "2026-01-31", 1)},
]


@pytest.mark.parametrize("keys", KEYS)
def test_keys_come_back_as_they_were(keys: set[tuple[t.Any, ...]]) -> None:
    text = pack_keys(keys)
    assert unpack_keys(text) == keys
    assert pack_keys(sorted(keys, key=str, reverse=True)) == text


def test_a_row_takes_a_few_characters() -> None:
    dice = random.Random(7)
    orders = {(dice.randrange(60_000, 200_000),) for _ in range(1000)}
    days = {(f"2026-{m:02}-{d:02}", user) for m in range(1, 13) for d in range(1, 29)
            for user in range(933_500, 933_520)}  # fmt: skip

    assert len(pack_keys(orders)) < 4.5 * len(orders)
    assert len(pack_keys(days)) < 2 * len(days)


def test_what_another_query_saw_does_not_count() -> None:
    state: dict[str, t.Any] = {}
    KnownKeys(state, "mine").put("41001", {(1,), (2,)})
    assert KnownKeys(state, "mine").of("41001") == {(1,), (2,)}

    other = KnownKeys(state, "other")

    assert other.of("41001") is None
    other.put("41002", {(3,)})
    assert KnownKeys(state, "mine").of("41001") is None


def test_the_state_stays_small_and_keeps_the_lists_read_last() -> None:
    state: dict[str, t.Any] = {}
    known = KnownKeys(state, "q")
    for number in range(100):
        known.put(str(number), {(row * 1000,) for row in range(2000)})
        known.put("0", {(number,)})

    assert len(json.dumps(state)) < 1.05 * MOST_TEXT
    assert known.of("0") == {(99,)}
    assert known.of("98") is not None
    assert known.of("1") is None


def test_lists_that_are_alike_take_a_few_characters_each() -> None:
    state: dict[str, t.Any] = {}
    known = KnownKeys(state, "q")
    for number in range(70_000, 80_000):
        known.put(str(number), {(1,), (2,)} if number % 10 else {(1,)})
    known.put("41001/7", {(1,)})
    known.put("0070000", {(1,)})
    known.put("79999", {(1,), (2,), (3,)})

    folded = fold(state["known"])

    assert len(json.dumps(folded)) < 3 * 10_000
    assert unfold(json.loads(json.dumps(folded))) == state["known"]


@pytest.mark.parametrize("alike", [7, [["1"]], [["1", "z"]], [[1, "x"]], [["1", 5]]])
def test_a_state_whose_lists_cannot_be_told_apart_is_refused(alike: object) -> None:
    with pytest.raises(ValueError, match="known"):
        unfold({"query": "q", "lists": {}, "alike": alike})
