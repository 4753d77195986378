"""Lets ``python -m tap_miimosa`` run the tap."""

from tap_miimosa.tap import TapMiiMosa

TapMiiMosa.cli()
