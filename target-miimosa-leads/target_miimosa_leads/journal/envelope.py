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


def seal(body: dict[str, t.Any], origin: Origin) -> str:
    """Return a lead as JSON text.

    Args:
        body: The fields to send.
        origin: The record that they come from.
    """
    content = {
        "body": body,
        "stream": origin.stream,
        "key_properties": list(origin.key_properties),
        "record": origin.record,
    }
    return _encoder.encode(content).decode()


def unseal(text: str) -> tuple[dict[str, t.Any], Origin]:
    """Return what :func:`seal` was given."""
    content = _decoder.decode(text)
    record = content["record"]
    schema = {"type": "object", "properties": dict.fromkeys(record, _ANYTHING)}
    origin = Origin(content["stream"], schema, content["key_properties"], record)
    return content["body"], origin
