"""The settings of target-postgres in meltano.yml: what loads here loads with them, too."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent / "meltano.yml"


def postgres_settings() -> dict[str, t.Any]:
    """Return the settings of target-postgres, those from the environment left out."""
    project = yaml.safe_load(PROJECT.read_text(encoding="utf-8"))
    loaders = {each["name"]: each for each in project["plugins"]["loaders"]}
    config = loaders["target-postgres"]["config"]
    return {name: value for name, value in config.items() if "$" not in str(value)}
