"""The four APIs: each turns a request into an answer and knows nothing of sockets."""

from __future__ import annotations
