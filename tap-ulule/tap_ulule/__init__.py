"""Singer tap for Ulule."""

from tap_ulule._kit.sdk_imports import import_sdk

# Before anything else does.
import_sdk()
