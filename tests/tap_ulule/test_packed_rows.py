"""Rows that wait for their second use: what comes out is what went in, in little memory."""

from __future__ import annotations

import tracemalloc

from tap_ulule.packed_rows import PackedRows

ROW = {
    "id": 41001,
    "name": {"fr": "Atelier Lumen", "en": "Lumen workshop"},
    "goal": 3000.25,
    "large": 2**70,
    "finished": False,
    "main_tag": None,
    "image": {f"size{n}": f"https://img.example/{n}/lumen.jpg" for n in range(40)},
}


def test_the_rows_of_all_pages_come_out_in_order_and_as_they_were() -> None:
    rows = [{**ROW, "id": number} for number in range(50)]
    packed = PackedRows()
    for start in range(0, 50, 16):
        packed.add(rows[start : start + 16])
    assert list(packed) == rows


def test_whoever_changes_a_row_changes_no_other_copy_of_it() -> None:
    packed = PackedRows()
    packed.add([ROW])
    for row in packed:
        row["name"]["fr"] = "changed"
    assert list(packed) == [ROW]


def test_thousands_of_rows_take_a_fraction_of_what_their_objects_take() -> None:
    packed = PackedRows()
    tracemalloc.start()
    try:
        for page in range(300):
            packed.add([{**ROW, "id": page * 16 + n, "image": {**ROW["image"]}} for n in range(16)])  # type: ignore[dict-item]
        held, _ = tracemalloc.get_traced_memory()
        objects = sum(1 for _ in packed)
    finally:
        tracemalloc.stop()
    assert objects == 4800
    # As objects, a row of this kind takes some 5 KB.
    assert held / objects < 500
