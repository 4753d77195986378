"""The command, and what its store carries over a restart or a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import typing as t
from contextlib import contextmanager

import pytest
import requests

from sandbox.__main__ import main
from sandbox.testing import RunningSandbox, running_sandbox
from tests.sandbox.client import LEAD, MIIMOSA

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORLD = {
    "kind": "world",
    "seed": 1,
    "scale": 0.1,
    "now": "2026-01-01T00:00:00Z",
    "real_time": False,
    "invalid_leads": 0,
}
STREAMS = ("moco/contacts", "ulule/project_orders", "miimosa/projects", "micropledge/pledges")


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            if process.poll() is None:
                process.kill()


def control(url: str, path: str, method: str = "GET") -> t.Any:  # noqa: ANN401 - JSON
    return requests.request(method, f"{url}/_control{path}", timeout=60).json()


def picture(url: str) -> list[t.Any]:
    return [control(url, f"/world/{stream}") for stream in STREAMS]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_cleanly(number: signal.Signals) -> None:
    with serving("--scale", "0.1", "--limits", "none") as (process, url):
        assert requests.get(f"{url}/moco/api/v1/users", timeout=60).status_code == 401
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err) == (0, "", "")


def test_it_can_end_with_the_process_that_started_it() -> None:
    with serving("--scale", "0.1", "--until-eof") as (process, url):
        assert control(url, "/stats")["moco"]["requests"] == 0
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_store_carries_the_world_over_any_end(tmp_path: Path, number: signal.Signals) -> None:
    store = ("--store", str(tmp_path / "world.jsonl"))
    options = ("--scale", "0.2", "--seed", "11", "--invalid-leads", "1")
    with serving(*store, *options) as (process, url):
        control(url, "/advance", "POST")
        for body in (LEAD, LEAD, LEAD | {"city": "Nîmes"}):
            requests.post(f"{url}/miimosa/leads", json=body, headers=MIIMOSA, timeout=60)
        requests.get(f"{url}/miimosa/projects", headers=MIIMOSA, timeout=60)
        before = (picture(url), control(url, "/leads"), control(url, "/served"))
        process.send_signal(number)
        process.wait(timeout=60)

    with serving(*store) as (_, url):
        assert (picture(url), control(url, "/leads"), control(url, "/served")) == before
        later = requests.post(f"{url}/miimosa/leads", json=LEAD, headers=MIIMOSA, timeout=60)
        known = {ident for lead in before[1] for ident in lead["ids"]}
        assert later.json()["id"] not in known


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    store = tmp_path / "world.jsonl"
    with running_sandbox(scale=0.1, store=store) as box:
        leads = send(box)
    whole = store.read_bytes()
    store.write_bytes(whole + b'{"kind": "lead", "id": 88')

    with running_sandbox(scale=0.1, store=store) as box:
        assert box.control("GET", "/leads") == leads
        send(box)
    with running_sandbox(scale=0.1, store=store) as box:
        assert box.control("GET", "/leads")[0]["times"] == 2


def send(box: RunningSandbox) -> object:
    requests.post(f"{box.url}/miimosa/leads", json=LEAD, headers=MIIMOSA, timeout=60)
    return box.control("GET", "/leads")


def test_forgotten_leads_stay_forgotten(tmp_path: Path) -> None:
    store = tmp_path / "world.jsonl"
    with running_sandbox(scale=0.1, store=store) as box:
        send(box)
        box.control("DELETE", "/leads")

    with running_sandbox(scale=0.1, store=store) as box:
        assert box.control("GET", "/leads") == []


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("no json\n", (), "line 1"),
        ('{"kind": "lead"}\n', (), "does not begin with a world"),
        (f"{json.dumps(WORLD)}\n", ("--seed", "2"), "--seed"),
    ],
)
def test_a_store_of_something_else_is_refused_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    options: tuple[str, ...],
    reason: str,
) -> None:
    store = tmp_path / "store.jsonl"
    store.write_text(content)

    status = main(["serve", "--port", "0", "--store", str(store), *options])

    err = capsys.readouterr().err
    assert status == 2
    assert reason in err
    assert err.count("\n") == 1
    assert store.read_text() == content


def test_an_empty_store_begins_a_world(tmp_path: Path) -> None:
    store = tmp_path / "store.jsonl"
    store.touch()
    with running_sandbox(scale=0.1, store=store) as box:
        users = box.control("GET", "/world/moco/users")

    with running_sandbox(seed=8, scale=0.3, store=store) as box:
        assert box.control("GET", "/world/moco/users") == users


def test_a_taken_port_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with running_sandbox(scale=0.1) as box:
        port = box.url.rpartition(":")[2]
        status = main(["serve", "--port", port])

    err = capsys.readouterr().err
    assert status == 2
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert err.count("\n") == 1
