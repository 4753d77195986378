"""Singer target that sends leads to MiiMOSA, each at most once, and loses none silently."""

from target_miimosa_leads._kit.sdk_imports import import_sdk

# Before anything else does.
import_sdk()
