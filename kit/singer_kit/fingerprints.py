"""Short texts that stand for values which may be long or personal."""

from __future__ import annotations

import hashlib
import typing as t
import zlib

import msgspec

from .encoded_rows import EncodedRows, as_records

if t.TYPE_CHECKING:
    from collections.abc import Container

    from .encoded_rows import Rows
    from .records import Record

_ENCODER = msgspec.json.Encoder()


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


def checksum(record: Record | list[t.Any], volatile: Container[str]) -> int:
    """Return a number that differs when the record does, its volatile fields aside."""
    return zlib.crc32(_ENCODER.encode(lasting(record, volatile)))


def checksums(records: Rows, volatile: Container[str]) -> list[int]:
    """Return the checksum of each record."""
    if isinstance(records, EncodedRows) and not volatile:
        return list(map(zlib.crc32, records.lines()))
    return [checksum(record, volatile) for record in as_records(records)]
