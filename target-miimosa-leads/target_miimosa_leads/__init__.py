"""Singer target that hands leads to MiiMOSA: at most once, and nothing lost silently."""
