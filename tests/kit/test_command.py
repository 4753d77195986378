"""The command line: what a user can mend is one line and an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.harness.preloaded import PYTHON, start_programs
from tests.kit.library import Library
from tests.kit.scripted_server import Call, Reply, ScriptedServer

TAP = Path(__file__).with_name("tiny_tap.py")
SECRET = "s3cr3t-key-0815"


def run(
    folder: Path,
    *arguments: str,
    env: dict[str, str] | None = None,
    **config: t.Any,  # noqa: ANN401
) -> subprocess.CompletedProcess[str]:
    path = folder / "config.json"
    path.write_text(json.dumps({"api_key": SECRET, **config}))
    return subprocess.run(
        [start_programs() / PYTHON, TAP, "--config", path, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **(env or {})},
    )


def assert_one_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    errors = [line for line in done.stderr.splitlines() if "| ERROR" in line]
    assert done.returncode == code
    assert len(errors) == 1, done.stderr
    assert all(word in errors[0] for word in words)
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_a_wrong_setting(tmp_path: Path) -> None:
    done = run(tmp_path, api_url="http://127.0.0.1:1", concurrency=SECRET)
    assert_one_line(done, 2, "'concurrency'", "integer")
    assert done.stdout == ""


def test_an_answer_that_is_none(tmp_path: Path, server: ScriptedServer) -> None:
    def app(call: Call) -> object:
        return Reply(SECRET.encode(), headers={"Content-Type": "text/html"}) if call else None

    server.app = app
    done = run(tmp_path, api_url=server.url)
    assert_one_line(done, 1, "/authors", "is HTML, not JSON")
    assert '"outcome": "failed"' in done.stderr


def test_credentials_that_do_not_work(tmp_path: Path, server: ScriptedServer) -> None:
    server.app = lambda _: Reply(status=401)
    done = run(tmp_path, api_url=server.url)
    assert_one_line(done, 1, "401", "does not accept the credentials")


def test_the_connection_test_tells_failures_the_same_way(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.app = lambda _: Reply(b"<html>")
    assert_one_line(run(tmp_path, "--test", api_url=server.url), 1, "is HTML, not JSON")


def test_the_connection_test_reads_one_record_of_each_stream(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.app = Library.of(authors=50, books=9, reviews=9)
    done = run(tmp_path, "--test", api_url=server.url)
    assert done.returncode == 0
    assert server.asked("/authors") == 1


@pytest.mark.parametrize(("option", "content"), [("--state", "{"), ("--catalog", "[]")])
def test_a_file_that_is_no_json_object(tmp_path: Path, option: str, content: str) -> None:
    path = tmp_path / "input.json"
    path.write_text(content)
    done = run(tmp_path, option, str(path), api_url="http://127.0.0.1:1")
    assert_one_line(done, 2, option)


@pytest.mark.parametrize("content", ['{"bookmarks": []}', '{"bookmarks": {"loans": "x"}}'])
def test_a_state_that_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    done = run(tmp_path, "--state", str(path), api_url="http://127.0.0.1:1")
    assert_one_line(done, 2, "--state")


def test_a_state_may_be_the_whole_message(tmp_path: Path, server: ScriptedServer) -> None:
    server.app = Library(loans=[{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}])
    catalog = tmp_path / "catalog.json"
    catalog.write_text(run(tmp_path, "--discover", api_url=server.url).stdout)
    first = run(tmp_path, "--catalog", str(catalog), api_url=server.url)
    state = tmp_path / "state.json"
    state.write_text(first.stdout.splitlines()[-1])
    second = run(tmp_path, "--catalog", str(catalog), "--state", str(state), api_url=server.url)
    assert '"RECORD"' in first.stdout
    assert second.returncode == 0, second.stderr
    assert '"RECORD"' not in second.stdout


@pytest.mark.parametrize("content", [None, "{", "[1]"])
def test_a_configuration_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "given.json"
    if content is not None:
        path.write_text(content)
    assert_one_line(run(tmp_path, "--config", str(path)), 2, "--config")


@pytest.mark.parametrize(
    ("name", "value"), [("api_key", f"{SECRET}\n"), ("user_agent", f"a\n{SECRET}")]
)
def test_a_line_break_in_a_header(tmp_path: Path, name: str, value: str) -> None:
    done = run(tmp_path, **{"api_url": "http://127.0.0.1:1", name: value})
    assert_one_line(done, 2, f"'{name}'", "line breaks")


def test_settings_from_environment_variables(tmp_path: Path, server: ScriptedServer) -> None:
    server.app = Library.of(authors=1, books=1, reviews=1)
    env = {
        "TAP_TINY_API_URL": server.url,
        "TAP_TINY_REQUEST_TIMEOUT": "7.5",
        "TAP_TINY_MAX_WAIT": "60",
        "TAP_TINY_CONCURRENCY": "2",
        "TAP_TINY_RATE_LIMITS": '[{"requests": 50, "seconds": 0.5}]',
    }
    done = run(tmp_path, "--config=ENV", env=env)
    assert done.returncode == 0, done.stderr
    assert '"50/0.5s"' in done.stderr


def test_a_number_may_be_given_as_text_as_meltano_does(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.app = Library.of(authors=1, books=1, reviews=1)
    done = run(tmp_path, api_url=server.url, max_wait="60.5", request_timeout="7")
    assert done.returncode == 0, done.stderr


def test_a_wrong_environment_variable(tmp_path: Path) -> None:
    env = {"TAP_TINY_CONCURRENCY": f"{SECRET}-many"}
    done = run(tmp_path, "--config=ENV", env=env, api_url="http://127.0.0.1:1")
    assert_one_line(done, 2, "concurrency")


def test_a_good_run_says_what_it_did_and_no_secret(tmp_path: Path, server: ScriptedServer) -> None:
    server.app = Library.of(authors=2, books=1, reviews=1)
    done = run(tmp_path, api_url=server.url)
    assert done.returncode == 0
    assert SECRET not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "Run summary: " in line]
    summary = json.loads(line.split("Run summary: ")[1])
    assert summary["outcome"] == "complete"
    assert summary["streams"]["authors"] == {
        "records": 2,
        "requests": 1,
        "unknown_fields": ["awards", "books_count"],
    }
    assert summary["requests"] == len(server.calls)
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert kinds[-1] == "STATE"


def test_discovery_needs_no_configuration() -> None:
    done = subprocess.run(
        [sys.executable, str(TAP), "--discover"], capture_output=True, check=True, timeout=60
    )
    names = {stream["stream"] for stream in json.loads(done.stdout)["streams"]}
    assert names == {"authors", "awards", "books", "reviews", "loans", "shelves", "items"}
