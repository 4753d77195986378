"""The ids of millions of records: what is missing, in little memory."""

from __future__ import annotations

import tracemalloc

import pytest

from tap_moco._kit.errors import ContentError
from tap_moco.id_log import IdLog


def test_what_did_not_come_is_missing_whatever_the_order() -> None:
    log = IdLog()
    log.add([30, 10, 20])
    log.add([10])
    assert log.missing({10, 15, 20, 40}) == {15, 40}
    log.clear()
    assert log.missing({10}) == {10}


def test_an_id_takes_eight_bytes_and_not_sixty() -> None:
    log = IdLog()
    tracemalloc.start()
    try:
        for start in range(0, 200_000, 100):
            log.add(range(10**9 + start, 10**9 + start + 100))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 12 * 200_000


def test_an_id_that_is_too_large_is_told_in_one_line() -> None:
    with pytest.raises(ContentError, match=r"^An id has more than 64 bits\.$"):
        IdLog().add([2**63])
