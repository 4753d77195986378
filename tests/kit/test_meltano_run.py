"""A tap that Meltano has started, beside another run of the same plugin."""

from __future__ import annotations

import json
import signal
import subprocess
import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.scripted_server import Reply, ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.run import Record
    from tests.kit.program import Program

PLUGIN = "tap-tiny--first"
UNDER_WAY = f"Another run of the Meltano plugin '{PLUGIN}' is under way"
OVERWRITTEN = f"The catalog of the Meltano plugin '{PLUGIN}' was just overwritten"


class MeltanoFolder:
    """Where Meltano keeps the files of a plugin's run, and how it starts the tap."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.catalog = folder / "tap.properties.json"
        self.catalog.write_text(json.dumps(self.select(self.discover())), encoding="utf-8")

    def discover(self) -> Record:
        found: Record = json.loads(self.run("--discover").stdout)
        return found

    @staticmethod
    def select(catalog: Record) -> Record:
        """Mark every field, as Meltano does."""
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "loans"
        return catalog

    def start(self, *options: str, **settings: str) -> subprocess.Popen[str]:
        command = self.program.arguments(None, **settings)
        return subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
        with self.start(*options, **settings) as process:
            out, log = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, log)

    def sync(self, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.run("--catalog", str(self.catalog), **settings)


@pytest.fixture
def meltano(
    program: Program, tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> MeltanoFolder:
    folder = tmp_path / "run"
    folder.mkdir()
    server.app = Library(loans=[{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}])
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAME", PLUGIN)
    log_config = folder / "tap.singer_sdk_logging.json"
    log_config.write_text('{"version": 1}', encoding="utf-8")
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", str(log_config))
    return MeltanoFolder(program, folder)


@pytest.fixture
def under_way(meltano: MeltanoFolder, server: ScriptedServer) -> Iterator[subprocess.Popen[str]]:
    """A run that waits for the answer to its first request."""
    answer = server.app
    server.app = lambda _: Reply(fault="silent")
    with meltano.start("--catalog", str(meltano.catalog)) as process:
        server.wait_for_call("/loans")
        server.app = answer
        yield process
        process.kill()


def test_a_second_run_of_the_plugin_ends_with_what_to_do(
    meltano: MeltanoFolder, under_way: subprocess.Popen[str], tmp_path: Path
) -> None:
    summary = tmp_path / "summary.json"

    second = meltano.sync(summary_path=str(summary))

    assert second.returncode == 2
    assert UNDER_WAY in second.stderr
    assert "inherit_from" in second.stderr
    assert second.stdout == ""
    # It is the file of the run under way.
    assert not summary.exists()
    assert under_way.poll() is None


@pytest.mark.parametrize("option", ["--discover", "--test", "--plan"])
def test_what_reads_no_data_may_run_beside(
    meltano: MeltanoFolder, under_way: subprocess.Popen[str], option: str
) -> None:
    # Meltano hands over the catalog that is there: here that of a discovery under way.
    meltano.catalog.write_text(json.dumps(meltano.discover()), encoding="utf-8")
    done = meltano.run(option, "--catalog", str(meltano.catalog))
    assert done.returncode == 0, done.stderr
    assert under_way.poll() is None


def test_a_run_that_was_killed_stands_in_nobodys_way(
    meltano: MeltanoFolder, under_way: subprocess.Popen[str]
) -> None:
    under_way.send_signal(signal.SIGKILL)
    under_way.wait()
    done = meltano.sync()
    assert done.returncode == 0, done.stderr
    assert '"stream":"loans"' in done.stdout


def test_a_run_with_files_of_its_own_may_run_beside(
    meltano: MeltanoFolder, under_way: subprocess.Popen[str], tmp_path: Path
) -> None:
    own = tmp_path / "tap.properties.json"
    own.write_text(meltano.catalog.read_text(encoding="utf-8"), encoding="utf-8")
    done = meltano.run("--catalog", str(own))
    assert done.returncode == 0, done.stderr
    assert under_way.poll() is None


def test_the_catalog_of_a_discovery_under_way_is_not_taken_for_a_selected_one(
    meltano: MeltanoFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    meltano.catalog.write_text(json.dumps(meltano.discover()), encoding="utf-8")

    done = meltano.sync()
    monkeypatch.setenv("MELTANO_EXTRACT__CATALOG", "mine.json")
    own = meltano.sync()

    assert done.returncode == 2
    assert OVERWRITTEN in done.stderr
    # Meltano changes nothing in a catalog of the user's own.
    assert own.returncode == 0, own.stderr


def test_no_catalog_because_it_is_empty_is_not_taken_for_all_streams(
    meltano: MeltanoFolder,
) -> None:
    meltano.catalog.write_text("", encoding="utf-8")
    done = meltano.run()
    assert done.returncode == 2
    assert OVERWRITTEN in done.stderr


@pytest.mark.parametrize(
    ("rules", "code"), [(["loans.*"], 2), (["*.*"], 0), (["*.*", "!nothing.*"], 0), (None, 0)]
)
def test_no_catalog_is_told_where_meltano_selects_other_streams(
    meltano: MeltanoFolder,
    monkeypatch: pytest.MonkeyPatch,
    rules: list[str] | None,
    code: int,
) -> None:
    meltano.catalog.unlink()
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAMESPACE", "tap_tiny__first")
    if rules:
        monkeypatch.setenv("MELTANO_EXTRACT__SELECT", json.dumps(rules))
    done = meltano.run()
    assert done.returncode == code, done.stderr
    assert ("Meltano selects streams of the plugin" in done.stderr) == bool(code)
