"""A page about the warehouse: one HTML file that needs neither network nor server."""
