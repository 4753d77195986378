"""Makes the kit importable, and imports the SDK by it, as the package of each tap begins."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "kit"))

from singer_kit.sdk_imports import import_sdk

import_sdk()
