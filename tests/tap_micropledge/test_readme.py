"""The README says what the command line says."""

from __future__ import annotations

import pytest

from tap_micropledge.streams import STREAMS
from tests.readme import Readme, check_whole_lists

README = Readme("tap-micropledge")


def test_the_headings_stand_in_their_order() -> None:
    assert README.headings == [
        "# tap-micropledge",
        "## Settings",
        "## Streams",
        "## Use in your own Meltano project",
        "## Use as a command",
    ]


def test_the_settings_are_those_of_the_command_line() -> None:
    README.check_settings()


def test_the_streams_are_those_of_the_command_line() -> None:
    check_whole_lists(README, STREAMS)


@pytest.mark.parametrize("block", ["json", "yaml"])
def test_the_examples_name_settings_that_there_are(block: str) -> None:
    README.check_example(block)
