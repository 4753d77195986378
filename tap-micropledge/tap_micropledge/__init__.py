"""Singer tap for microPledge."""
