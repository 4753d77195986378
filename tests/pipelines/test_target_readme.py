"""The commands of the target's README, typed as they stand there.

Only what stands for something of the reader's own is filled in: addresses, keys, the tap.
"""

from __future__ import annotations

import csv
import json
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.pipelines.project import Project
from tests.pipelines.readme_blocks import INSTALLING, blocks, filled, section, write_project

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README = "target-miimosa-leads/README.md"
USE, USE_WITH_MELTANO = blocks(section(README, "Use"), "sh")
(DEAD_LETTER,) = blocks(section(README, "Dead letter"), "sh")
(JOURNAL,) = blocks(section(README, "The journal's command line"), "sh")


@pytest.fixture
def project(tmp_path: Path, programs: Path) -> Iterator[Project]:
    with running_sandbox(scale=0.1, limits="none") as box:
        yield Project(box, "", tmp_path, programs)


def run_use(project: Project, **more: str) -> str:
    """Run the first commands, with what replaces texts of theirs; return the log."""
    url = f"{project.box.url}/miimosa"
    key = {'"api_key": "…"': f'"api_url": "{url}", "api_key": "sandbox-miimosa-key"'}
    commands = filled(INSTALLING.sub("", USE), {**key, **more})
    done = project.run(commands.replace("set -e", ""), cwd=project.folder)
    return done.log


@pytest.mark.slow
def test_from_the_shell_and_with_meltano(project: Project, tmp_path: Path) -> None:
    (plugins,) = blocks(section(README, "Use"), "yaml")
    api_url = f"{project.box.url}/miimosa"
    api = {"lead_key: [email]": f"lead_key: [email]\n      api_url: {api_url}"}
    write_project(tmp_path, filled(plugins, api))
    # Any tap: the file of the first example.
    tap = {"run tap-x target-miimosa-leads": "invoke target-miimosa-leads --input leads.singer"}

    log = run_use(project)
    through = project.run(
        filled(USE_WITH_MELTANO, {"…": "sandbox-miimosa-key", **tap}), cwd=tmp_path
    )

    assert "acknowledged" in log.splitlines()[-1]
    # The same journal: what the first run has sent is known to the second.
    assert through.code == 0, through.log
    assert "acknowledged" in through.log.splitlines()[-1]
    (lead,) = project.arrived()
    assert lead["email"] == "lise.morvan@example.org"


@pytest.mark.slow
def test_a_rejected_lead_is_mended_in_the_dead_letter(project: Project, tmp_path: Path) -> None:
    run_use(project, **{', "phone": "0199001234"': ""})
    path = tmp_path / "miimosa-leads-dead-letter.singer"
    mended = path.read_text(encoding="utf-8").replace(
        '"firstname"', '"phone": "0199001234", "firstname"'
    )
    path.write_text(mended, encoding="utf-8")

    done = project.run(DEAD_LETTER, cwd=tmp_path)

    assert done.code == 0, done.log
    (lead,) = project.arrived()
    assert lead["phone"] == "0199001234"
    assert not path.exists()


@pytest.mark.slow
def test_unknown_leads_are_settled_with_a_spreadsheet(project: Project, tmp_path: Path) -> None:
    fault = {"api": "miimosa", "method": "POST", "kind": "status", "status": 500, "times": 1}
    project.box.control("POST", "/faults", fault)
    run_use(project)
    show, settle = JOURNAL.split("target-miimosa-leads-journal --config config.json resolve")

    listed = project.run(show, cwd=tmp_path)
    path = tmp_path / "unknown.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*row, "delivered"])
        writer.writeheader()
        writer.writerow({**row, "delivered": "no"})
    command = "target-miimosa-leads-journal --config config.json resolve"
    done = project.run(command + settle, cwd=tmp_path)

    assert listed.code == 0, listed.log
    assert "lise.morvan@example.org" in json.dumps(row)
    assert done.code == 0, done.log
    (lead,) = project.arrived()
    assert lead["email"] == "lise.morvan@example.org"


@pytest.mark.slow
def test_the_journal_as_a_stream_from_the_shell_and_with_meltano(
    project: Project, tmp_path: Path
) -> None:
    (plugins,) = blocks(section(README, "What became of each lead"), "yaml")
    (commands,) = blocks(section(README, "What became of each lead"), "sh")
    write_project(tmp_path, plugins)
    run_use(project)
    invoke = "meltano invoke tap-miimosa-leads-journal > meltano.singer"

    done = project.run(f"{commands}\n{invoke}", cwd=tmp_path)

    assert done.code == 0, done.log
    for name in ("journal.singer", "meltano.singer"):
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        schema, row, _ = map(json.loads, lines)
        assert row["record"]["status"] == "acknowledged"
        assert ("contact_id" in schema["schema"]["properties"]) == (name == "meltano.singer")
