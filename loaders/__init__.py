"""Loads what the taps read from the sandbox with loaders of others, and compares tables with it."""
