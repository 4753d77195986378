"""The programs under measurement, each run in its own environment."""
