"""The plugin definitions say what the plugins say, and are all that Meltano needs."""

from __future__ import annotations

import re
import typing as t

import pytest

from plugins.definition import EXTRACTORS, LOADERS
from plugins.outputs import ROOT, render
from sandbox.testing import running_sandbox
from tests.pipelines.project import Project
from tests.pipelines.readme_blocks import PIP_URL, PROJECT, blocks, filled, find_campaign, section

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox


def test_definitions_projects_and_readmes_are_as_the_command_writes_them() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, text in render().items()
        if path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "make plugins"


def test_secrets_and_options_are_declared() -> None:
    text = (ROOT / "plugins" / "extractors" / "tap-moco.yml").read_text(encoding="utf-8")
    entries = re.split(r"\n  - name: ", text)

    assert {entry.split()[0] for entry in entries if "sensitive: true" in entry} == {
        "api_key", "budget_path", "email", "password",
    }  # fmt: skip
    (plan,) = [entry for entry in entries if entry.startswith("plan\n")]
    assert re.findall(r"value: (\w+)", plan) == ["standard", "unlimited", "legacy_2018"]


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.2, limits="none") as found:
        yield found


@pytest.mark.slow
def test_a_project_made_of_the_definitions_alone_runs_each_connector(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    project = Project(box, database, tmp_path, programs)
    (tmp_path / "meltano.yml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "definitions").mkdir()
    commands = []
    for kind, names in (("extractors", EXTRACTORS), ("loaders", LOADERS)):
        for name in names:
            text = (ROOT / "plugins" / kind / f"{name}.yml").read_text(encoding="utf-8")
            # The environment of the tests has it already.
            (tmp_path / "definitions" / f"{name}.yml").write_text(
                PIP_URL.sub("", text), encoding="utf-8"
            )
            if name != "tap-moco":
                commands.append(
                    f"meltano add --no-install --from-ref=definitions/{name}.yml {name}"
                )
    journal = f"sqlite:///{tmp_path / 'journal.db'}"
    _, readme = blocks(section("README.md", "Use it in your own Meltano project"), "sh")
    own = {
        "meltano add ": "meltano add --no-install ",
        "$HOME/connectors/plugins/extractors/": "definitions/",
        "domain my-agency": f"api_url {box.url}/moco/api/v1",
        "api_key …": "api_key sandbox-moco-key",
    }
    settings = {
        "TAP_ULULE_API_URL": f"{box.url}/ulule/v1",
        "TAP_ULULE_DISCUSSIONS_URL": f"{box.url}/ulule/discussions",
        "TAP_ULULE_API_KEY": "sandbox-ulule-key",
        "TAP_ULULE_PROJECT_IDS": f'["{find_campaign(box)}"]',
        "TAP_MIIMOSA_API_URL": f"{box.url}/miimosa",
        "TAP_MIIMOSA_API_KEY": "sandbox-miimosa-key",
        "TAP_MICROPLEDGE_API_URL": f"{box.url}/micropledge",
        "TAP_MICROPLEDGE_PROJECT_SLUGS": f'["{box.world.micropledge.slugs[0]}"]',
        "TARGET_MIIMOSA_LEADS_API_URL": f"{box.url}/miimosa",
        "TARGET_MIIMOSA_LEADS_API_KEY": "sandbox-miimosa-key",
        "TARGET_MIIMOSA_LEADS_JOURNAL_URL": journal,
    }
    lead = (
        '{"type": "SCHEMA", "stream": "leads", "key_properties": ["email"], "schema": '
        '{"properties": {"email": {"type": "string"}}}}\n'
        '{"type": "RECORD", "stream": "leads", "record": {"email": "lise.morvan@example.org"}}\n'
    )
    (tmp_path / "leads.singer").write_text(lead, encoding="utf-8")
    taps = [name for name in EXTRACTORS if name != "tap-miimosa-leads-journal"]
    commands += [f"meltano invoke {name}:check > {name}.check" for name in taps[1:]]
    commands += [
        "meltano invoke target-miimosa-leads < leads.singer || test $? = 3",
        f"meltano config set tap-miimosa-leads-journal journal_url {journal}",
        "meltano invoke tap-miimosa-leads-journal > journal.singer",
    ]

    documented = project.run(filled(readme, own), cwd=tmp_path)
    done = project.run("\n".join(commands), cwd=tmp_path, **settings)

    assert documented.code == 0, documented.log
    assert re.search(r"Credentials: accepted.*\ndeals +200", documented.log)
    assert done.code == 0, done.log
    for name in taps[1:]:
        assert (tmp_path / f"{name}.check").read_text(encoding="utf-8"), name
    # `--test` breaks off every stream after a record; that is no error.
    assert "unhandled" not in done.log
    assert '"status":"rejected"' in (tmp_path / "journal.singer").read_text(encoding="utf-8")
