"""Singer tap for MiiMOSA."""
