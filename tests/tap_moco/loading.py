"""Loads what tap-moco writes into PostgreSQL, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import typing as t

from loaders.settings import postgres_settings

if t.TYPE_CHECKING:
    from pathlib import Path


def load(
    config: dict[str, t.Any],
    catalog: dict[str, t.Any],
    database: str,
    folder: Path,
    programs: Path,
) -> str:
    """Run tap-moco and target-postgres, which must succeed; return what the tap logged.

    Args:
        config: Settings of the tap.
        catalog: Its catalog.
        database: URL of the database; the schema is ``moco``.
        folder: Where to work.
        programs: Folder with both.
    """
    url = database.replace("postgresql://", "postgresql+psycopg://")
    there = {"sqlalchemy_url": url, "default_target_schema": "moco"}
    target = {**postgres_settings(), **there}
    files = {"config": config, "catalog": catalog, "target": target}
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def run(program: str, *options: str, given: str | None = None) -> tuple[str, str]:
        done = subprocess.run(
            [programs / program, *options], cwd=folder, input=given, encoding="utf-8",
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    output, log = run("tap-moco", "--config", "config.json", "--catalog", "catalog.json")
    run("target-postgres", "--config", "target.json", given=output)
    return log
