"""Catalogs of the taps."""

from __future__ import annotations

import functools
import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk import Tap

    from tests.harness.run import Record


@functools.cache
def _discover(tap_class: type[Tap]) -> str:
    """Return the catalog as JSON; making it takes longer than most of what is tested."""
    tap = tap_class(config={}, validate_config=False, setup_mapper=False)
    return json.dumps(tap.catalog_dict)


def select(
    tap_class: type[Tap],
    *streams: str,
    catalog: Record | None = None,
    without: Iterable[str] = (),
) -> Record:
    """Return a catalog with these streams selected, or all of them.

    Args:
        tap_class: The tap.
        streams: The streams to select; all by default.
        catalog: What the tap discovered, if that depends on the API.
        without: The streams not to select.
    """
    found: Record = json.loads(json.dumps(catalog) if catalog else _discover(tap_class))
    names = {entry["tap_stream_id"] for entry in found["streams"]}
    assert {*streams, *without} <= names, {*streams, *without} - names
    for entry in found["streams"]:
        name = entry["tap_stream_id"]
        chosen = (not streams or name in streams) and name not in without
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = chosen
    return found


def choose(tap_class: type[Tap], stream: str) -> Record:
    """Return a catalog of one stream, as a user may cut it: the others cost a run most of its time.

    Args:
        tap_class: The tap.
        stream: The stream, which has no parent.
    """
    whole = select(tap_class, stream)
    return {"streams": [each for each in whole["streams"] if each["tap_stream_id"] == stream]}
