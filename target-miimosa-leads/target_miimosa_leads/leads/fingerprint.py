"""Keyed hashes of a lead's identity and of its content.

Two spellings of the same thing give the same hash: key order, Unicode normalisation form, leading,
trailing and repeated white space do not matter, and null is the same as absent.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
import unicodedata
from collections.abc import Mapping

DIGEST_BYTES = 20


def canonicalize(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a JSON value in the one form that is hashed; numbers become text."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, Mapping):
        return {canonicalize(key): canonicalize(v) for key, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [canonicalize(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return str(value)


class Fingerprints:
    """Hashes with a random key that never leaves the journal.

    The key keeps anyone who sees a hash alone, in a log or in an export, from finding the e-mail
    address behind it by trying a list of addresses.
    """

    def __init__(self, secret: bytes) -> None:
        """Use a key of at most 64 bytes."""
        self._secret = secret

    def hash_identity(self, stream: str | None, key: Mapping[str, t.Any]) -> str:
        """Return the hash that tells which lead this is.

        Args:
            stream: The stream, if the key is unique within the stream only.
            key: Key fields and their values; none of them null.
        """
        return self._digest(b"identity", [stream, [key[name] for name in sorted(key)]])

    def hash_content(self, lead: Mapping[str, t.Any]) -> str:
        """Return the hash of a lead's content.

        Args:
            lead: The fields as they are sent.
        """
        return self._digest(b"content", lead)

    def _digest(self, purpose: bytes, value: t.Any) -> str:  # noqa: ANN401
        text = json.dumps(
            canonicalize(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"),
            key=self._secret,
            digest_size=DIGEST_BYTES,
            person=purpose,
        ).hexdigest()
