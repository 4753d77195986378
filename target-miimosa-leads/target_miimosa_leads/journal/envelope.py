"""What the journal keeps of a lead until it is acknowledged: enough to send or reject it later."""

from __future__ import annotations

import typing as t
from decimal import Decimal

import msgspec.json

from target_miimosa_leads.leads.offer import Origin

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
# The schema of the stream is not kept; for a replayed record that is rejected this one is true.
_ANYTHING: dict[str, t.Any] = {
    "type": ["string", "number", "boolean", "object", "array", "null"],
}


class Newer(t.NamedTuple):
    """Content of a lead that came while nobody knew whether it had arrived with the content before.

    Attributes:
        digest: Hash of the content.
        body: The fields to send.
        origin: The record that they come from.
        errors: What is wrong with the record.
    """

    digest: str
    body: dict[str, t.Any]
    origin: Origin
    errors: list[str]


def seal(body: dict[str, t.Any], origin: Origin) -> str:
    """Return a lead as JSON text.

    Args:
        body: The fields to send.
        origin: The record that they come from.
    """
    return _encoder.encode(_pack(body, origin)).decode()


def unseal(text: str) -> tuple[dict[str, t.Any], Origin]:
    """Return what :func:`seal` was given."""
    return _unpack(_decoder.decode(text))


def hold(text: str, newer: Newer | None) -> str:
    """Return a sealed lead with its newest content, or without if None, in place of any before."""
    content = _decoder.decode(text)
    if content.pop("newer", None) is None and newer is None:
        return text
    if newer is not None:
        told = {"digest": newer.digest, "errors": newer.errors}
        content["newer"] = _pack(newer.body, newer.origin) | told
    return _encoder.encode(content).decode()


def unseal_newer(text: str) -> Newer | None:
    """Return the newer content that :func:`hold` was given; None if there is none."""
    content = _decoder.decode(text).get("newer")
    if content is None:
        return None
    body, origin = _unpack(content)
    return Newer(content["digest"], body, origin, content["errors"])


def _pack(body: dict[str, t.Any], origin: Origin) -> dict[str, t.Any]:
    return {
        "body": body,
        "stream": origin.stream,
        "key_properties": list(origin.key_properties),
        "record": origin.record,
    }


def _unpack(content: dict[str, t.Any]) -> tuple[dict[str, t.Any], Origin]:
    record = content["record"]
    schema = {"type": "object", "properties": dict.fromkeys(record, _ANYTHING)}
    origin = Origin(content["stream"], schema, content["key_properties"], record)
    return content["body"], origin
