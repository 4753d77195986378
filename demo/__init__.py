"""`make demo`: the whole story on one machine, without credentials.

An embedded PostgreSQL is the warehouse, the sandbox stands in for the four APIs, and
``meltano run demo`` does the rest. Everything that it leaves behind is in ``.demo``.
"""
