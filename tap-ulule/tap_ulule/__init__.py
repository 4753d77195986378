"""Singer tap for Ulule."""
