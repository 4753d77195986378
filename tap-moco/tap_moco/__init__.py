"""Singer tap for MOCO."""
