"""Lets ``python -m tap_ulule`` run the tap."""

from tap_ulule.tap import TapUlule

TapUlule.cli()
