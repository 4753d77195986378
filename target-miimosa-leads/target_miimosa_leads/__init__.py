"""Singer target that sends leads to MiiMOSA, each at most once, and loses none silently."""
