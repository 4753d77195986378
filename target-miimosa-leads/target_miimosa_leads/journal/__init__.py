"""The journal: what was sent, and what became of it. The only memory this target has."""
