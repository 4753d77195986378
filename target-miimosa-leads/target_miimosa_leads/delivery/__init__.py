"""Sending leads over HTTP: one POST and its outcome, retries, rate limits, concurrency."""
