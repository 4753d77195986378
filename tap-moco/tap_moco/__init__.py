"""Singer tap for MOCO."""

from tap_moco._kit.sdk_imports import import_sdk

# Before anything else does.
import_sdk()
