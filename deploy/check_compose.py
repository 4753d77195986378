"""Checks compose.yaml by the Compose Specification: ``python deploy/check_compose.py``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from compose_spec import PyCompose

COMPOSE = Path(__file__).parent / "compose.yaml"

if __name__ == "__main__":
    # As with none of the optional variables set, and the others to something.
    text = re.sub(r"\$\{\w+:(?:-(.*?)|\?)\}", r"\1", COMPOSE.read_text(encoding="utf-8"))
    found = yaml.safe_load(text)
    for service in found["services"].values():
        # The library takes a tag or a digest; Docker takes both, and looks at the digest only.
        service["image"] = re.sub(r":[^:@/]+@", "@", service["image"])
    PyCompose.from_json(json.dumps(found)).validate()
