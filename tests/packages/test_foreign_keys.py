"""Whose each row is: every table below another one has the keys of what it belongs to."""

from __future__ import annotations

import importlib
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Iterator

TAPS = {
    "moco": "TapMoco",
    "ulule": "TapUlule",
    "miimosa": "TapMiiMosa",
    "micropledge": "TapMicroPledge",
}


def list_references(stream: t.Any) -> Iterator[set[str]]:  # noqa: ANN401 - a class of streams
    """Yield for each id that leads to the lists of a stream the names that it may have in a row."""
    child, parent = stream, stream.parent_stream_type
    while parent is not None:
        for name, field in parent.child_parameters.items():
            # What is asked for by the id of a row is that row.
            yield {name, field} if child is stream and stream.single else {name}
        child, parent = parent, parent.parent_stream_type
    yield from ({name} for name in stream.context_fields)


@pytest.mark.parametrize("name", TAPS)
def test_rows_tell_to_what_they_belong(name: str) -> None:
    tap_class = getattr(importlib.import_module(f"tap_{name}.tap"), TAPS[name])
    tap = tap_class(config={}, validate_config=False, setup_mapper=False)
    for stream in tap_class.stream_types:
        properties = tap.streams[stream.name].schema["properties"].keys()
        missing = [names for names in list_references(stream) if not names & properties]
        assert not missing, f"{stream.name}: {missing}"
