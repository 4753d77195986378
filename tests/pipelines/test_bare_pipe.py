"""A tap piped into the target, as pipelines/README.md shows it."""

from __future__ import annotations

import json
import shutil
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.pipelines.project import ROOT, Project, example, key, list_outcomes, list_summaries

if t.TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
def test_contacts_arrive_once_and_a_second_run_sends_nothing(
    tmp_path: Path, programs: Path
) -> None:
    shutil.copytree(ROOT / "pipelines" / "bare_pipe", tmp_path / "pipelines" / "bare_pipe")
    with running_sandbox(scale=0.3) as box:
        project = Project(box, "", tmp_path, programs)
        env = {
            "TAP_MOCO_API_URL": f"{box.url}/moco/api/v1",
            "TAP_MOCO_API_KEY": "sandbox-moco-key",
            "TARGET_MIIMOSA_LEADS_API_URL": f"{box.url}/miimosa",
            "TARGET_MIIMOSA_LEADS_API_KEY": "sandbox-miimosa-key",
        }
        contacts = [row for row in project.world("moco/contacts") if "MiiMOSA" in row["tags"]]

        first = project.run(example("A bare pipe"), cwd=tmp_path, **env)
        second = project.run(example("A bare pipe"), cwd=tmp_path, **env)
        state = (tmp_path / "state.json").read_bytes()
        broken = {**env, "TAP_MOCO_API_KEY": "wrong"}
        failed = project.run(example("A bare pipe"), cwd=tmp_path, **broken)

        assert (first.code, second.code) == (0, 0), first.log + second.log
        # A tap that fails is noticed, and costs no state.
        assert failed.code != 0
        assert json.loads(state)["bookmarks"]
        assert (tmp_path / "state.json").read_bytes() == state
        assert list_outcomes(first) == [(len(contacts), 0, 0, 0)]
        assert list_outcomes(second)[0][0] == 0
        assert list_summaries(second)[0]["requests"] == 0
        # The state of the first run reached the tap: it did not read all contacts again.
        assert list_summaries(second)[0]["records"] < list_summaries(first)[0]["records"]
        assert sorted(key(lead) for lead in project.arrived()) == sorted(
            (row["work_email"] or row["home_email"], row["custom_properties"]["Project name"])
            for row in contacts
        )
