"""The two walked examples of the kit's README, followed to the letter."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import typing as t

import pytest

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.structure import ROOT

if t.TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "kit" / "README.md").read_text(encoding="utf-8")
SHORT_TAP = 80


def take_block(heading: str, language: str) -> str:
    """Return the first block of code in a language below a heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, (heading, language)
    return found[1]


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tap from a folder of its own, in front of what is installed."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read_records(output: str) -> list[tuple[str, dict[str, t.Any]]]:
    messages = [json.loads(line) for line in output.splitlines()]
    return [(m["stream"], m["record"]) for m in messages if m["type"] == "RECORD"]


def copy_package(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("_kit", "__pycache__"))
    (target / "_kit").symlink_to(ROOT / "kit" / "singer_kit")
    return target


def test_a_stream_is_one_class_and_one_schema(server: ScriptedServer, tmp_path: Path) -> None:
    package = copy_package(ROOT / "tap-moco" / "tap_moco", tmp_path / "tap_moco")
    module = package / "streams" / "contacts.py"
    code = module.read_text(encoding="utf-8").partition("\nSTREAMS = ")[0]
    module.write_text(code + take_block("Add a stream", "python"), encoding="utf-8")
    schema = package / "schemas" / "contact_notes.json"
    schema.write_text(take_block("Add a stream", "json"), encoding="utf-8")
    server.app = lambda call: Reply(
        [{"id": 1, "text": "call", "updated_at": "2026-01-31T12:00:00Z"}]
        if call.path == "/contacts/notes"
        else []
    )
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"api_url": server.url, "api_key": "key"}))

    catalog = json.loads(run(tmp_path, "tap_moco", "--config", str(config), "--discover").stdout)
    for entry in catalog["streams"]:
        chosen = entry["tap_stream_id"] == "contact_notes"
        next(m for m in entry["metadata"] if not m["breadcrumb"])["metadata"]["selected"] = chosen
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    synced = run(tmp_path, "tap_moco", "--config", str(config), "--catalog", "catalog.json")

    assert synced.returncode == 0, synced.stderr
    row = {"id": 1, "text": "call", "updated_at": "2026-01-31T12:00:00Z"}
    assert read_records(synced.stdout) == [("contact_notes", row)]
    assert '"replication_key_value":"2026-01-31T12:00:00Z"' in synced.stdout


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The tap of the README, installed as a distribution so that its version is known."""
    project = tmp_path / "tap-library"
    package = project / "tap_library"
    (package / "schemas").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "schemas" / "__init__.py").touch()
    (package / "_kit").symlink_to(ROOT / "kit" / "singer_kit")
    (package / "tap.py").write_text(take_block("Add a tap", "python"), encoding="utf-8")
    code = "from tap_library.tap import TapLibrary\n\nTapLibrary.cli()\n"
    (package / "__main__.py").write_text(code)
    number, text = {"type": ["integer", "null"]}, {"type": ["string", "null"]}
    properties = {"id": number, "name": text, "updated_at": text | {"format": "date-time"}}
    for name, more in (("authors", {"books_count": number}), ("books", {"author_id": number})):
        schema = {"type": "object", "properties": properties | more}
        (package / "schemas" / f"{name}.json").write_text(json.dumps(schema))
    described = (ROOT / "tap-micropledge" / "pyproject.toml").read_text(encoding="utf-8")
    named = described.replace("tap-micropledge", "tap-library").replace("micropledge", "library")
    named = named.replace("TapMicroPledge", "TapLibrary").replace('readme = "README.md"\n', "")
    (project / "pyproject.toml").write_text(named)
    shutil.copy(ROOT / "LICENSE", project)
    target = tmp_path / "site"
    build = ("-m", "uv", "pip", "install", "--no-deps", "--no-build-isolation", "--target")
    command = [sys.executable, *build, str(target), str(project)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return target


def answer(call: Call) -> Reply:
    if call.headers.get("X-Api-Key") != "key":
        return Reply({"error": "unknown"}, status=401)
    if call.path == "/authors":
        stamp = "2026-01-31T12:00:00Z"
        return Reply([{"id": n, "books_count": n - 1, "updated_at": stamp} for n in (1, 2)])
    return Reply([{"id": 20, "name": "Dune"}])


def test_a_tap_of_one_list_and_one_child(
    server: ScriptedServer, library: Path, tmp_path: Path
) -> None:
    code = take_block("Add a tap", "python")
    assert len([line for line in code.splitlines() if line.strip()]) < SHORT_TAP
    server.app = answer
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"api_url": server.url, "api_key": "key"}))

    first = run(library, "tap_library", "--config", str(config))

    assert first.returncode == 0, first.stderr
    assert [(s, r["id"]) for s, r in read_records(first.stdout)] == [
        ("authors", 1), ("books", 20), ("authors", 2),
    ]  # fmt: skip
    state = [line for line in first.stdout.splitlines() if '"STATE"' in line][-1]
    (tmp_path / "state.json").write_text(state)
    server.calls.clear()
    again = ("--config", str(config), "--state", str(tmp_path / "state.json"))
    second = run(library, "tap_library", *again)
    assert second.returncode == 0, second.stderr
    assert [call.path for call in server.calls] == ["/authors"]
    assert read_records(second.stdout) == []
