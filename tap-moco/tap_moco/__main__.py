"""Lets ``python -m tap_moco`` run the tap."""

from tap_moco.tap import TapMoco

TapMoco.cli()
