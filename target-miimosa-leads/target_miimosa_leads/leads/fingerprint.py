"""Keyed hashes of a lead's identity and of its content.

Two spellings of the same thing give the same hash; see :func:`.spelling.canonicalize`. A hash
begins with the version of these rules. Those of the first version have none, and stay in the
journals that have them, because what they are hashes of is gone.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from target_miimosa_leads.leads.spelling import canonicalize, canonicalize_content

DIGEST_BYTES = 20
_VERSION = "2:"
_MOST_DIGITS = 400


def canonicalize_v1(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a JSON value in the form of the first version; numbers become text as they are."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, Mapping):
        return {
            canonicalize_v1(key): canonicalize_v1(v) for key, v in value.items() if v is not None
        }
    if isinstance(value, (list, tuple)):
        return [canonicalize_v1(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return str(value)


def to_text_v1(value: t.Any) -> t.Any:  # noqa: ANN401
    """Return a value as it was sent, and hashed, in the first version."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < _MOST_DIGITS else str(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value


class Fingerprints:
    """Hashes with a random key that never leaves the journal.

    The key keeps anyone who sees a hash alone, in a log or in an export, from finding the e-mail
    address behind it by trying a list of addresses.
    """

    def __init__(self, secret: bytes, *, version: int = 2) -> None:
        """Use a key of at most 64 bytes, and the rules of a version, 1 or 2."""
        self._secret = secret
        self._prefix = _VERSION if version > 1 else ""
        self._canonicalize = canonicalize if version > 1 else canonicalize_v1
        self._canonicalize_content = canonicalize_content if version > 1 else canonicalize_v1

    def hash_identity(self, stream: str | None, key: Mapping[str, t.Any]) -> str:
        """Return the hash that tells which lead this is.

        Args:
            stream: The stream, if the key is unique within the stream only.
            key: Key fields and their values; none of them null.
        """
        value = [stream, [key[name] for name in sorted(key)]]
        return self._digest(b"identity", self._canonicalize(value))

    def hash_content(self, lead: Mapping[str, t.Any]) -> str:
        """Return the hash of a lead's content.

        Args:
            lead: The fields as they are sent.
        """
        return self._digest(b"content", self._canonicalize_content(lead))

    def _digest(self, purpose: bytes, canonical: t.Any) -> str:  # noqa: ANN401
        text = json.dumps(canonical, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"),
            key=self._secret,
            digest_size=DIGEST_BYTES,
            person=purpose,
        )
        return self._prefix + digest.hexdigest()
