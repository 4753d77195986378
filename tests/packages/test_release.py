"""What `make release-check` refuses before it builds anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("tag", "complaint"),
    [
        ("tap-moco-v99.0.0", "'tap-moco-v99.0.0' says 99.0.0, tap-moco/pyproject.toml says"),
        ("v0.1.0", "is not PACKAGE-vVERSION"),
        ("tap-mooco-v0.1.0", "is not PACKAGE-vVERSION"),
        ("tap-moco-v0.1.0; id", "is not PACKAGE-vVERSION"),
    ],
)
def test_a_tag_that_does_not_agree_is_refused_in_one_line(tag: str, complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "release", tag],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("workflow", ["test", "release", "image"])
def test_actions_are_pinned_by_commit(workflow: str) -> None:
    text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
    used = [line.split("uses: ")[1] for line in text.splitlines() if "uses: " in line]

    assert used
    for each in used:
        _, _, commit = each.partition(" ")[0].partition("@")
        assert len(commit) == 40, each
