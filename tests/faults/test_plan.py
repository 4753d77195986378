"""`--plan` forecasts a run's requests without reading the data."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.harness.preloaded import PYTHON, start_programs

if t.TYPE_CHECKING:
    from pathlib import Path


def tap(module: str, config: dict[str, t.Any], folder: Path, *options: str | Path) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [start_programs() / PYTHON, "-m", module, "--config", path, *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def forecast(printed: str) -> tuple[dict[str, int], int]:
    """Requests per stream, and in all."""
    rows = re.findall(r"^(\w+) +~? *(\d+)(?! requests)\b", printed, re.MULTILINE)
    total = re.search(r"(\d+) requests; the rate limits", printed)
    assert total is not None, printed
    return {name: int(count) for name, count in rows}, int(total[1])


@pytest.mark.parametrize(
    ("module", "config"),
    [
        ("tap_micropledge", {"project_slugs": []}),
        ("tap_miimosa", {"api_key": "sandbox-miimosa-key"}),
    ],
)
def test_the_plan_is_what_the_run_then_asks(
    module: str, config: dict[str, t.Any], tmp_path: Path
) -> None:
    api = module.removeprefix("tap_")
    with running_sandbox(scale=0.5) as box:
        config = {**config, "api_url": f"{box.url}/{api}"}
        if "project_slugs" in config:
            rows = box.control("GET", "/world/micropledge/projects")["records"]
            config["project_slugs"] = [row["project_slug"] for row in rows if row["numPledges"]]
        planned, total = forecast(tap(module, config, tmp_path, "--plan"))
        asked_for_the_plan = box.control("GET", "/stats")[api]["requests"]
        box.control("POST", "/reset")
        tap(module, config, tmp_path)
        asked = box.control("GET", "/stats")[api]["requests"]

    assert sum(planned.values()) == total == asked
    assert asked_for_the_plan < asked / 2


def test_the_plan_knows_what_the_state_knows(tmp_path: Path) -> None:
    with running_sandbox(scale=0.5) as box:
        rows = box.control("GET", "/world/micropledge/projects")["records"]
        slug = max(rows, key=lambda row: row["numPledges"])["project_slug"]
        # Nothing is due for a refresh, not even if the day ends between the runs.
        config = {
            "api_url": f"{box.url}/micropledge",
            "project_slugs": [slug],
            "refresh_days": 0,
        }
        before, _ = forecast(tap("tap_micropledge", config, tmp_path, "--plan"))
        messages = tap("tap_micropledge", config, tmp_path).splitlines()
        state = json.loads([line for line in messages if '"STATE"' in line][-1])["value"]
        (tmp_path / "state.json").write_text(json.dumps(state), encoding="utf-8")
        options = ["--state", tmp_path / "state.json", "--plan"]
        after, _ = forecast(tap("tap_micropledge", config, tmp_path, *options))

    assert before == {"projects": 1, "pledges": 1}
    assert after == {"projects": 1, "pledges": 0}
