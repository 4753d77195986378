"""Lets ``python -m tap_micropledge`` run the tap."""

from tap_micropledge.tap import TapMicroPledge

TapMicroPledge.cli()
