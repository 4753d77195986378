"""Short texts that stand for values which may be long or personal."""

from __future__ import annotations

import hashlib


def fingerprint(*parts: object) -> str:
    """Return 16 hexadecimal digits that differ when any part differs."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def secret_fingerprint(secret: str) -> str:
    """Return 8 hexadecimal digits: enough to notice another secret, too few to guess it."""
    return hashlib.blake2b(secret.encode(), digest_size=4).hexdigest()
