"""Singer tap for microPledge."""

from tap_micropledge._kit.sdk_imports import import_sdk

# Before anything else does.
import_sdk()
