"""Singer tap for MiiMOSA."""

from tap_miimosa._kit.sdk_imports import import_sdk

# Before anything else does.
import_sdk()
