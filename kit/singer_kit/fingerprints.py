"""Short texts that stand for values which may be long or personal."""

from __future__ import annotations

import hashlib
import typing as t
import zlib

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Container

_ENCODER = msgspec.msgpack.Encoder()


def fingerprint(*parts: object) -> str:
    """Return 16 hexadecimal digits that differ when any part differs."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def secret_fingerprint(secret: str) -> str:
    """Return 8 hexadecimal digits: enough to notice another secret, too few to guess it."""
    return hashlib.blake2b(secret.encode(), digest_size=4).hexdigest()


def lasting(value: t.Any, volatile: Container[str]) -> t.Any:  # noqa: ANN401 - JSON
    """Return a value without its volatile fields, nested ones included."""
    if not volatile:
        return value
    if isinstance(value, dict):
        return {k: lasting(v, volatile) for k, v in value.items() if k not in volatile}
    return [lasting(item, volatile) for item in value] if isinstance(value, list) else value


def checksum(record: dict[str, t.Any], volatile: Container[str]) -> int:
    """Return a number that differs when the record does, its volatile fields aside."""
    found = lasting(record, volatile)
    try:
        return zlib.crc32(_ENCODER.encode(found))
    except OverflowError:
        # An integer of more than 64 bits.
        return zlib.crc32(msgspec.json.encode(found))
