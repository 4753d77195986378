"""`python transform`, which runs dbt on the warehouse: what it says when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({}, "WAREHOUSE_URL is not set\n"),
        ({"WAREHOUSE_URL": "secret@nowhere"}, "WAREHOUSE_URL is no SQLAlchemy URL\n"),
    ],
)
def test_a_wrong_address_is_one_line_without_the_address(url: dict[str, str], said: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "WAREHOUSE_URL"}
    done = subprocess.run(
        [sys.executable, ROOT / "transform", "build"],
        env=environment | url, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (2, said)
