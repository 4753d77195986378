"""What belongs to one run: its context, threads, end, and what it tells."""
