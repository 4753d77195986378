"""Days of an agency, simulated: the world moves on, and the warehouse must be as it is.

After each day every table is compared with the world: the keys that are there, and each number,
day, flag and status. The taps and the loader are processes of their own, joined by a pipe;
PostgreSQL is a real one, and the loader's STATE is what the next run begins with.
"""
