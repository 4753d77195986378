"""deploy/: the exit codes of a job, the image, the Kubernetes manifests, and docs/deployment.md."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.pipelines.readme_blocks import iterate_blocks

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
JOBS = {job["name"] for job in PROJECT["jobs"]}
RUN_JOB = (sys.executable, str(DEPLOY / "run_job.py"))
# Its arguments say what the programs that it starts write into their summaries, and how it ends.
MELTANO = """#!/bin/sh
shift
code=$1; shift
for each in "$@"; do
    eval "path=\\$${each%%=*}_SUMMARY_PATH"
    echo "{\\"exit_code\\": ${each#*=}}" > "$path"
done
exit "$code"
"""
FILES = (
    """
include_paths: [accounts.meltano.yml]
plugins:
  extractors: [{name: tap-moco}, {name: tap-ulule}, {name: tap-miimosa}]
  loaders: [{name: target-miimosa-leads}]
""",
    "plugins: {extractors: [{name: tap-moco--north, inherit_from: tap-moco}]}",
)
WAITING = """#!/bin/sh
trap 'exit 143' TERM
echo started
while :; do sleep 0.1; done
"""
Manifest = dict[str, t.Any]


def environment(folder: Path, meltano: str) -> dict[str, str]:
    """Return variables with which `meltano` is this script; the folder is as in the image."""
    (folder / ".meltano").symlink_to(folder / "empty" / "meltano")
    (folder / "meltano.yml").write_text(FILES[0], encoding="utf-8")
    (folder / "accounts.meltano.yml").write_text(FILES[1], encoding="utf-8")
    program = folder / "meltano"
    program.write_text(meltano, encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("code", "summaries", "expected"),
    [
        (0, [], 0),
        (1, [], 1),
        (1, ["TAP_MOCO=2", "TARGET_MIIMOSA_LEADS=1"], 2),
        (1, ["TAP_MOCO=0", "TARGET_MIIMOSA_LEADS=4"], 4),
        (1, ["TAP_MOCO=143", "TARGET_MIIMOSA_LEADS=6"], 6),
        (1, ["TARGET_MIIMOSA_LEADS=6", "TAP_ULULE=2"], 2),
        # A program that was killed has said nothing of its end.
        (1, ["TAP_MOCO=null"], 1),
        (1, ["TAP_MOCO=0", "TAP_MIIMOSA=1"], 1),
        (143, ["TAP_MOCO=143"], 143),
        (0, ["TAP_MOCO=0"], 0),
        # An account's, in an included file.
        (1, ["TAP_MOCO__NORTH=2"], 2),
    ],
)
def test_a_job_ends_with_the_code_of_the_program_that_failed(
    tmp_path: Path, code: int, summaries: list[str], expected: int
) -> None:
    arguments = [*RUN_JOB, str(code), *summaries]
    done = subprocess.run(arguments, cwd=tmp_path, env=environment(tmp_path, MELTANO), check=False)

    assert done.returncode == expected


def test_a_signal_to_a_job_reaches_meltano(tmp_path: Path) -> None:
    with subprocess.Popen(
        RUN_JOB, cwd=tmp_path, env=environment(tmp_path, WAITING), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143


def manifests() -> list[Manifest]:
    paths = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    return [each for each in found if each["kind"] != "Kustomization"]


def check_cronjob(found: Manifest, jobs: set[str]) -> None:
    """Assert what no schema says."""
    job = found["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert found["spec"]["concurrencyPolicy"] == "Forbid"
    assert set(container["args"]) <= jobs
    assert (ROOT / container["command"][-1]).is_file()
    assert pod["restartPolicy"] == "Never"  # podFailurePolicy wants it
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    _, never_again = job["podFailurePolicy"]["rules"]
    assert never_again["action"] == "FailJob"
    assert never_again["onExitCodes"]["containerName"] == container["name"]
    assert {2, 4} <= set(never_again["onExitCodes"]["values"])
    assert 6 not in never_again["onExitCodes"]["values"]


def test_cron_jobs_run_jobs_of_the_project() -> None:
    found = [each for each in manifests() if each["kind"] == "CronJob"]

    assert {each["metadata"]["name"] for each in found} == {"leads", "warehouse"}
    for each in found:
        check_cronjob(each, JOBS)


def test_kustomize_has_all_manifests() -> None:
    folder = DEPLOY / "kubernetes"
    found = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))

    assert {*found["resources"], "kustomization.yaml"} == {path.name for path in folder.iterdir()}


def test_no_secret_is_in_the_open() -> None:
    (config,) = (each for each in manifests() if each["kind"] == "ConfigMap")
    secret = {
        f"{plugin['name']}_{setting['name']}".upper().replace("-", "_")
        for plugins in PROJECT["plugins"].values()
        for plugin in plugins
        for setting in plugin.get("settings", ())
        if setting.get("sensitive")
    } | {"WAREHOUSE_URL", "LEADS_JOURNAL_URL", "MELTANO_DATABASE_URI"}

    assert len(secret) > 10
    assert not secret & config["data"].keys()


def define_accounts(folder: Path, **schedules: str) -> subprocess.CompletedProcess[str]:
    """Run the command for accounts with these names and schedules."""
    shared = {"plugin": "tap-micropledge", "config": {"project_slugs": ["x"]}}
    rows = [{**shared, "name": name, "schedule": each} for name, each in schedules.items()]
    table = folder / "accounts.yml"
    table.write_text(yaml.safe_dump({"accounts": rows}), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "deploy.accounts", f"--table={table}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_each_account_with_a_schedule_has_a_cron_job(tmp_path: Path) -> None:
    done = define_accounts(tmp_path, big_one="@daily", other="5 4 * * *", by_hand="@manual")
    config, *found = yaml.safe_load_all(done.stdout)
    part = yaml.safe_load(config["data"]["accounts.meltano.yml"])

    assert [(each["metadata"]["name"], each["spec"]["schedule"]) for each in found] == [
        ("account-big-one", "0 0 * * *"),
        ("account-other", "5 4 * * *"),
    ]
    for each in found:
        check_cronjob(each, {job["name"] for job in part["jobs"]})


def test_a_name_that_kubernetes_refuses_is_refused_before(tmp_path: Path) -> None:
    names = {"a" * 45: "@daily", "b_": "@daily", "c" * 45: "@manual", "d" * 44: "@daily"}
    done = define_accounts(tmp_path, **names)

    assert done.returncode == 2
    assert done.stdout == ""
    assert re.findall(r"account '(.)", done.stderr) == ["a", "b"]


def test_what_the_image_copies_is_there_and_let_in() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE)
    copied = [path for line in lines for path in line.split()]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    let_in = {rule[1:] for rule in ignored if rule[0] == "!"}
    packages = {path.parent.name for path in ROOT.glob("*/pyproject.toml")}

    assert packages < set(copied)
    for path in copied:
        assert list(ROOT.glob(path)), path
        assert {path, path.split("/")[0]} & let_in, path


def pins(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^[a-z0-9-]+==[^ \n]+", text.replace("[binary]", ""), re.MULTILINE))


@pytest.mark.parametrize(
    "name",
    ["image-taps", "image-tap-postgres", "image-target-postgres", "image-target-miimosa-leads"],
)
def test_the_image_has_the_versions_that_are_tested(name: str) -> None:
    assert pins(name) <= pins("dev")


def test_the_image_has_the_meltano_that_is_tested() -> None:
    version = {pin for pin in pins("image-meltano") if pin.startswith("meltano==")}

    assert len(version) == 1
    assert version <= pins("dev")


def commands() -> list[list[str]]:
    blocks = [text for _, _, text in iterate_blocks("docs/deployment.md")]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_commands_of_the_page_name_what_is_there() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    cron_jobs = {f"cronjob/{each['metadata']['name']}" for each in manifests()}
    programs = set()
    for program, *words in commands():
        programs.add(program)
        for word in words:
            if word.startswith("deploy/") and not word.endswith("accounts.yaml"):
                assert (ROOT / word).exists(), word
            if word.startswith("--from=cronjob/"):
                assert word.removeprefix("--from=") in cron_jobs
        if program == "make":
            assert all(f"\n{word}:" in makefile for word in words if "=" not in word), words
        if "run" in words:
            *_, service, job = words
            assert service in compose["services"]
            assert job in JOBS

    assert {"docker", "kubectl", "make"} <= programs
