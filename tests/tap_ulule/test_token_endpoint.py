"""OAuth2: answers of the token endpoint, who may see the secrets, where tokens are kept."""

from __future__ import annotations

import json
import os
import stat
import typing as t

import pytest

from tests.harness.sandbox import answer_with
from tests.tap_ulule.support import PARTNER, list_paths, make_config, run

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

TOKEN_PATH = "/oauth2/token/"
CLIENT = {"client_id": "sandbox-ulule-client", "client_secret": "sandbox-ulule-secret"}
TOKEN = "abc-t0ken-1"


def make_oauth2(box: RunningSandbox, **more: object) -> dict[str, t.Any]:
    login = {"username": PARTNER, "password": "sandbox-ulule-password"}
    settings = {**CLIENT, **login, "partner_slugs": [PARTNER], "retry_seconds": 0, **more}
    return make_config(box, auth_method="oauth2", **settings)


def run_orders(box: RunningSandbox, **more: object) -> Run:
    return run(make_oauth2(box, **more), select=["projects", "project_orders"])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"token_type": "bearer"}, "answered without an access token."),
        ({"access_token": ["a"]}, "answered without an access token."),
        ({"access_token": "a\nb"}, "an access_token that no header can hold."),
        ({"access_token": "caf\u00e9"}, "an access_token that no header can hold."),
        ({"access_token": TOKEN, "refresh_token": 7}, "a refresh_token that is not text."),
        (
            {"access_token": TOKEN, "expires_in": "soon"},
            "an expires_in that is no time",
        ),
        ({"access_token": TOKEN, "expires_in": -1}, "an expires_in that is no time"),
        ({"access_token": TOKEN, "expires_in": {}}, "an expires_in that is no time"),
        ([], "answered without an access token."),
        ("null", "neither an array nor an object."),
        ("<html>", "is HTML, not JSON."),
        ("[" * 100_000, "is not valid JSON"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_in_one_line(
    box: RunningSandbox, answer: object, words: str
) -> None:
    answer_with(box, "ulule", TOKEN_PATH, answer)

    found = run_orders(box)

    assert found.code == 1
    assert words in str(found.error)
    assert TOKEN not in str(found.error) + found.log
    assert found.records == {}


@pytest.mark.parametrize("seconds", [None, "3600", 3600.5])
def test_the_life_of_a_token_in_any_spelling(box: RunningSandbox, seconds: object) -> None:
    token = box.sandbox.ulule.tokens.issue(3600)
    answer_with(box, "ulule", TOKEN_PATH, {"access_token": token, "expires_in": seconds})

    found = run_orders(box)

    assert found.error is None
    assert found.records["project_orders"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "huge", "size": 100_000_000}, "is larger than"),
        ({"kind": "redirect", "location": "http://localhost:9/"}, "(302)"),
        ({"kind": "truncate"}, "No whole answer from /ulule/oauth2/token/"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_its_answers_have_the_same_limits_as_all_others(
    box: RunningSandbox, fault: dict[str, t.Any], words: str
) -> None:
    box.control("POST", "/faults", {"api": "ulule", "path": TOKEN_PATH, "times": None, **fault})

    found = run_orders(box)

    assert found.code == 1
    assert words in str(found.error)


def test_the_client_is_the_configured_one_whatever_netrc_says(
    box: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else-123\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert run_orders(box).error is None


# Where tokens are kept


@pytest.mark.parametrize(
    "damage",
    [{"access_token": 5}, {"refresh_token": "a\nb"}, {"expires_at": "soon"}, {"expires_at": None}],
    ids=json.dumps,
)
def test_a_damaged_token_file_is_told_in_one_line(
    box: RunningSandbox, tmp_path: Path, damage: dict[str, t.Any]
) -> None:
    path = tmp_path / "tokens.json"
    run_orders(box, token_path=str(path))
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))

    found = run_orders(box, token_path=str(path))

    assert found.code == 2
    assert "'token_path' names is damaged" in str(found.error)


@pytest.mark.parametrize("content", ["[" * 100_000, "\ufffd not json"])
def test_a_file_that_cannot_be_read_is_told_in_one_line(
    box: RunningSandbox, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)

    found = run_orders(box, token_path=str(path))

    assert found.code == 2
    assert "'token_path' names cannot be read" in str(found.error)
    assert path.read_text() == content


def test_a_file_of_somebody_else_is_not_replaced(box: RunningSandbox, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text('{"other": 1}')

    found = run_orders(box, token_path=str(path))

    assert found.code == 2
    assert "'token_path'" in str(found.error)
    assert path.read_text() == '{"other": 1}'
    assert TOKEN_PATH not in list_paths(box)


def test_a_device_is_not_replaced(box: RunningSandbox) -> None:
    mode = os.stat("/dev/null").st_mode  # noqa: PTH116

    found = run_orders(box, token_path="/dev/null")

    assert found.code == 2
    assert "is a device" in str(found.error)
    assert os.stat("/dev/null").st_mode == mode  # noqa: PTH116
    assert stat.S_ISCHR(mode)


def test_a_symbolic_link_stays_one(box: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / "tokens.json"
    link.symlink_to(tmp_path / "kept" / "tokens.json")

    assert run_orders(box, token_path=str(link)).error is None

    assert link.is_symlink()
    assert json.loads((tmp_path / "kept" / "tokens.json").read_text())["access_token"]


def test_no_token_is_asked_for_that_could_not_be_kept(box: RunningSandbox, tmp_path: Path) -> None:
    # A file system without room for another file: its folder takes none.
    (tmp_path / "tokens.json.new").mkdir()

    found = run_orders(box, token_path=str(tmp_path / "tokens.json"))

    assert found.code == 2
    assert "'token_path'" in str(found.error)
    assert TOKEN_PATH not in list_paths(box)
