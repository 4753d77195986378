"""dbt's manifest of the models in ``transform/``: ``python -m orchestrate.manifest`` writes it."""

from __future__ import annotations

import subprocess
import typing as t

from orchestrate.places import DBT, DBT_TARGET, TRANSFORM

if t.TYPE_CHECKING:
    from pathlib import Path

MANIFEST = DBT_TARGET / "manifest.json"


def find_manifest() -> Path:
    """Return the file, which is made if it is not there."""
    if not MANIFEST.is_file():
        write_manifest()
    return MANIFEST


def write_manifest() -> None:
    """Let dbt read its project; it asks no database for that."""
    DBT_TARGET.mkdir(parents=True, exist_ok=True)
    subprocess.run(  # noqa: S603 - of requirements/orchestrate.txt
        [DBT, "--quiet", "parse", "--project-dir", TRANSFORM, "--profiles-dir", TRANSFORM,
         "--target-path", DBT_TARGET, "--log-path", DBT_TARGET],
        check=True,
    )  # fmt: skip


if __name__ == "__main__":
    write_manifest()
