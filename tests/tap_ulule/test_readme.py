"""The tables of the README are those of the code."""

from __future__ import annotations

from tap_ulule.streams import STREAMS
from tests.readme import Readme

README = Readme("tap-ulule")


def test_the_headings_stand_in_their_order() -> None:
    assert README.headings == [
        "# tap-ulule", "## Use", "## Use in your own Meltano project", "## Settings",
        "## Streams", "## Authentication", "## Requests", "## Analyses",
    ]  # fmt: skip


def test_the_settings_are_those_of_the_command_line() -> None:
    README.check_settings()


def test_the_streams_are_all_there_as_they_are() -> None:
    rows = README.table("## Streams")

    assert list(rows) == sorted(stream.name for stream in STREAMS)
    assert f"in {len(STREAMS)} streams" in README.text.replace("\n", " ")
    for stream in STREAMS:
        path, key, parent, selected, requests = rows[stream.name]
        assert path == vars(stream)["path"]
        assert key.split(", ") == list(stream.primary_keys), stream.name
        assert selected == ("yes" if stream.selected_by_default else "no"), stream.name
        if stream.parent_stream_type:
            assert parent == stream.parent_stream_type.name
        if stream.parent_field:
            assert requests == "none", stream.name
        if stream.extra_field:
            assert f"none from {stream.offered_from}" in requests, stream.name


def test_every_secret_is_marked() -> None:
    secret = {name for name, setting in README.settings.items() if setting.get("secret")}

    tokens = {"client_secret", "refresh_token", "access_token"}
    assert secret == {"password", "api_key", "budget_path", *tokens}
