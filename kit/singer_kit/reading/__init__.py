"""Lists read by their specification."""
