"""Each stream of each tap is in one group, and so in one asset."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest
import yaml

from tap_micropledge.tap import TapMicroPledge
from tap_miimosa.tap import TapMiiMosa
from tap_moco.tap import TapMoco
from tap_ulule.tap import TapUlule
from tests.structure import ROOT

TAPS: tuple[t.Any, ...] = (TapMoco, TapUlule, TapMiiMosa, TapMicroPledge)
TEXT = (ROOT / "orchestrate" / "groups.yml").read_text(encoding="utf-8")
GROUPS: dict[str, dict[str, list[str]]] = yaml.safe_load(TEXT)


@pytest.mark.parametrize("tap", TAPS, ids=lambda tap: str(tap.name))
def test_each_stream_is_in_one_group(tap: t.Any) -> None:  # noqa: ANN401 - a class
    listed = Counter(stream for streams in GROUPS[tap.name].values() for stream in streams)
    assert listed == Counter(str(each.name) for each in tap.stream_types)
