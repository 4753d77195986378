"""The fenced blocks of the READMEs, and how they are run in the environment of the tests."""

from __future__ import annotations

import json
import os
import re
import typing as t

from tests.pipelines.project import ROOT

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.pipelines.project import Project

# As `meltano init` makes it.
PROJECT = """
default_environment: dev
project_id: readme
environments: [{name: dev}]
send_anonymous_usage_stats: false
"""
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PIP_URL = re.compile(r"^ *pip_url: .*\n", re.MULTILINE)
INSTALLING = re.compile(r"^(# or: )?pipx .*\n", re.MULTILINE)


def iterate_blocks(readme: str) -> Iterator[tuple[str, str, str]]:
    """Yield heading, language and text of each fenced block of a file."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    heading = ""
    for found in re.finditer(rf"{FENCE.pattern}|^#+ ([^\n]*)$", text, re.MULTILINE | re.DOTALL):
        language, block, title = found.groups()
        if title is None:
            yield heading, language, block
        else:
            heading = title


def section(readme: str, heading: str) -> str:
    """Return what stands below a heading of the second level, or above the first one."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    below = text.partition(f"\n## {heading}\n")[2] if heading else text
    return below.partition("\n## ")[0]


def blocks(text: str, *languages: str) -> list[str]:
    """Return the blocks of some languages in their order."""
    return [block for language, block in FENCE.findall(text) if language in languages]


def filled(text: str, placeholders: Mapping[str, str]) -> str:
    """Fill in what the reader has to: each placeholder is there."""
    for name, value in placeholders.items():
        assert name in text, name
        text = text.replace(name, value)
    return text


def write_project(folder: Path, plugins: str) -> None:
    """Write a Meltano project whose plugins come from the environment of the tests."""
    (folder / "meltano.yml").write_text(PROJECT + PIP_URL.sub("", plugins), encoding="utf-8")


def use_target_jsonl(project: Project) -> None:
    """Put the loader of the READMEs on the PATH."""
    tools = project.folder / "tools"
    tools.mkdir()
    (tools / "target-jsonl").symlink_to(ROOT / ".loaders" / "jsonl" / "bin" / "target-jsonl")
    project.env["PATH"] = f"{tools}{os.pathsep}{project.env['PATH']}"


def read_records(folder: Path) -> dict[str, list[dict[str, t.Any]]]:
    """Return what target-jsonl, without settings, has written into a folder, by stream."""
    found: dict[str, list[dict[str, t.Any]]] = {}
    for path in folder.glob("*-????????T??????.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.setdefault(path.name.rpartition("-")[0], []).extend(map(json.loads, lines))
    return found


def find_campaign(box: RunningSandbox) -> str:
    """Return the slug of a campaign that the key of the sandbox may read in whole."""
    ulule = box.world.ulule
    mine = (row for row in ulule.projects.values() if ulule.may_manage(row["id"]))
    return str(next(row["slug"] for row in mine if row["is_online"]))
