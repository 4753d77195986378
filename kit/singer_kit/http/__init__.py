"""Requests: the session, its budget, and what headers and bodies say."""
