"""The commands of the READMEs, typed as they stand there.

Only what stands for something of the reader's own is filled in: addresses, keys, projects. Plugins
come from the environment of the tests, so nothing is installed.
"""

from __future__ import annotations

import json
import re
import typing as t

import psycopg
import pytest
import yaml

from sandbox.testing import running_sandbox
from tests.pipelines.project import ROOT, Project
from tests.pipelines.readme_blocks import (
    blocks,
    filled,
    find_campaign,
    read_records,
    section,
    use_target_jsonl,
    write_project,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.2, limits="none") as found:
        yield found


@pytest.fixture
def project(box: RunningSandbox, database: str, tmp_path: Path, programs: Path) -> Project:
    return Project(box, database, tmp_path, programs)


def asked(box: RunningSandbox, api: str) -> set[str]:
    return {entry["path"] for entry in box.control("GET", "/requests") if entry["api"] == api}


@pytest.mark.slow
def test_the_first_meltano_project(project: Project, database: str, tmp_path: Path) -> None:
    text = section("README.md", "Use it in your own Meltano project")
    (plugins,) = blocks(text, "yaml")
    commands, _ = blocks(text, "sh")
    api = {"domain: my-agency": f"api_url: {project.box.url}/moco/api/v1"}
    write_project(tmp_path, filled(plugins, api))
    url = "postgresql+psycopg://user:password@localhost/warehouse"
    values = {"…": "sandbox-moco-key", url: f"'{project.env['WAREHOUSE_URL']}'"}

    done = project.run(filled(commands, values), cwd=tmp_path)

    assert done.code == 0, done.log
    assert asked(project.box, "moco") == {"/contacts/people", "/deals", "/activities"}
    with psycopg.connect(database) as connection:
        query = "select tablename from pg_tables where schemaname = 'moco'"
        tables = {name for (name,) in connection.execute(query).fetchall()}
    assert tables == {"contacts", "deals", "activities"}


def keep(folder: Path, *streams: str) -> None:
    """Select these streams in the catalog: to make a table of each takes most of a minute."""
    path = folder / "catalog.json"
    catalog = json.loads(path.read_text(encoding="utf-8"))
    catalog["streams"] = [each for each in catalog["streams"] if each["tap_stream_id"] in streams]
    path.write_text(json.dumps(catalog), encoding="utf-8")


def first_settings() -> dict[str, list[str]]:
    """Return what the table of plugins says: config, select, secrets."""
    text = section("README.md", "Use it in your own Meltano project")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| t")]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


@pytest.mark.parametrize("name", ["tap-ulule", "tap-miimosa", "tap-micropledge"])
def test_the_first_settings_of_the_others(name: str) -> None:
    config, select, secrets = first_settings()[name]
    text = section(f"{name}/README.md", "Use in your own Meltano project")
    # Its commands are run in test_tap_readmes.py.
    (plugin,) = (
        yaml.safe_load(block)["plugins"]["extractors"][0] for block in blocks(text, "yaml")
    )
    settings = [yaml.safe_load(part) for part in re.findall("`(.*?)`", config)]

    assert plugin["config"] == {key: value for each in settings for key, value in each.items()}
    assert plugin["select"] == yaml.safe_load(select.strip("`"))
    assert re.findall("`(.*?)`", secrets) == [
        each["name"] for each in plugin["settings"] if each.get("sensitive")
    ]


@pytest.mark.slow
def test_the_shell(project: Project, tmp_path: Path) -> None:
    text = section("README.md", "Use it from a shell")
    install, first, again, others = blocks(text, "sh", "bash")
    plugins = [line.split()[2].removeprefix("./") for line in install.strip().splitlines()]
    # The loader comes from the package index; here it has an environment already.
    plugins.remove("target-jsonl")
    assert all((ROOT / plugin / "pyproject.toml").is_file() for plugin in plugins)
    use_target_jsonl(project)
    url, world = project.box.url, project.box.world
    moco = f'"api_url": "{url}/moco/api/v1", "rate_limits": [], "api_key": "sandbox-moco-key"'
    ulule = f'"api_url": "{url}/ulule/v1", "discussions_url": "{url}/ulule/discussions", '
    own = {
        '"api_key": "…", "project_ids"':
            f'{ulule} "rate_limits": [], "api_key": "sandbox-ulule-key", "project_ids"',
        '"api_key": "…", "users"':
            f'"api_url": "{url}/miimosa", "api_key": "sandbox-miimosa-key", "users"',
        '{"project_slugs"': f'{{"api_url": "{url}/micropledge", "project_slugs"',
        "my-campaign": find_campaign(project.box),
        "my-project": world.micropledge.slugs[0],
    }  # fmt: skip
    (key,) = re.findall('"domain": "my-agency", "api_key": "…"', first)

    planned = project.run(filled(first, {key: moco}), cwd=tmp_path)
    keep(tmp_path, "contacts", "units")
    read = [project.run(again, cwd=tmp_path) for _ in range(2)]
    state = (tmp_path / "state.json").read_bytes()
    config = (tmp_path / "moco.json").read_text(encoding="utf-8")
    (tmp_path / "moco.json").write_text(config.replace("sandbox-moco-key", "wrong"))
    failed = project.run(again, cwd=tmp_path)
    rest = project.run(filled(others, own), cwd=tmp_path)

    assert planned.code == 0, planned.log
    assert re.search(r"^(about )?\d+ requests; ", planned.log, re.MULTILINE)
    output = (tmp_path / "moco.singer").read_text(encoding="utf-8")
    records = [line for line in output.splitlines() if '"type":"RECORD"' in line]
    assert records
    assert [run.code for run in read] == [0, 0], read[0].log + read[1].log
    first_run, second_run = (
        json.loads(re.findall(r"Run summary: (\{.*)", run.log)[0]) for run in read
    )
    assert second_run["records"] < first_run["records"] < len(records)
    # A tap that fails is noticed, and costs no state.
    assert failed.code != 0
    assert (tmp_path / "state.json").read_bytes() == state
    assert rest.code == 0, rest.log
    loaded = read_records(tmp_path)
    assert len(loaded["contacts"]) + len(loaded["units"]) == (
        first_run["records"] + second_run["records"]
    )
    assert any("project_slug" in row for row in loaded["pledges"])
