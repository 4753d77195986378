"""Figures of reliability: the commands that make them, and the page that shows them."""
