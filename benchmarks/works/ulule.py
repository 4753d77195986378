"""Requests for 100 Ulule projects: at first, again, and after one new comment."""

from __future__ import annotations

import collections
import functools
import json
import tempfile
import typing as t
from pathlib import Path

from benchmarks.measure import HERE, PLAIN, run
from benchmarks.report import Section
from benchmarks.taps import PYTHON, select
from sandbox.testing import RunningSandbox, running_sandbox

PROJECTS = 100
SCALE = 8.5
STREAMS = ("projects", *(f"project_{name}" for name in (
    "rewards", "comments", "news", "supporters", "orders")))  # fmt: skip
OURS = "**ours** (tap-ulule)"
TEXT = """100 projects of one partner with rewards, comments, news, supporters and orders, from the
sandbox. Each run gets the state that the one before it left. The credentials are the partner's, as
the projects say (`user_role`); where they do not, tap-ulule asks `/me` twice a run."""

Command = t.Callable[..., list[str]]


def measure() -> Section:
    """Measure tap-ulule and a plain SDK tap."""
    rows, counts = [], {}
    with running_sandbox(scale=SCALE) as box, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "config.json"
        config.write_text(json.dumps(_settings(box)), encoding="utf-8")
        programs: list[tuple[str, Command]] = [
            (OURS, functools.partial(_tap_ulule, config, select("tap_ulule", config, STREAMS))),
            (PLAIN.name, functools.partial(_plain, config)),
        ]
        states: dict[str, Path] = {}
        for occasion in ("first run", "nothing changed", "one comment added"):
            if occasion == "one comment added":
                _add_comment(box)
            for label, command in programs:
                result = _once(box, command(states.get(label)))
                states[label] = folder / f"{command.func.__name__}.json"  # type: ignore[attr-defined]
                states[label].write_text(json.dumps(result["state"]), encoding="utf-8")
                counts[label, occasion] = result["requests"]
                print(f"  {occasion}, {label}: {dict(result['requests'])}", flush=True)
                rows.append([occasion, label, *_cells(result)])
    rows.sort(key=lambda row: row[1])
    return Section(
        "Ulule, 100 projects",
        TEXT,
        ["run", "program", "requests", "projects", "lists", "records", "CPU"],
        rows,
        _summary(counts, OURS),
    )


def _settings(box: RunningSandbox) -> dict[str, t.Any]:
    ids = sorted(box.world.ulule.partner_projects)[:PROJECTS]
    if len(ids) < PROJECTS:
        raise SystemExit(f"The sandbox has only {len(ids)} projects of the partner.")
    return {
        "api_url": f"{box.url}/ulule/v1",
        "auth_method": "api_key",
        "username": "agence-exemple",
        "api_key": "sandbox-ulule-key",
        "project_ids": ids,
        "rate_limits": [],
    }


def _tap_ulule(config: Path, catalog: Path, state: Path | None) -> list[str]:
    given = ["--state", str(state)] if state else []
    files = ["--config", str(config), "--catalog", str(catalog)]
    return [PYTHON, "-m", "tap_ulule", *files, *given]


def _plain(config: Path, state: Path | None) -> list[str]:
    script = str(HERE / "peers" / "ulule_sdk.py")
    return [PYTHON, script, str(config), *([str(state)] if state else [])]


def _once(box: RunningSandbox, command: list[str]) -> dict[str, t.Any]:
    records: collections.Counter[str] = collections.Counter()
    states: list[t.Any] = []

    def consume(output: t.IO[bytes]) -> None:
        for line in output:
            message = json.loads(line)
            if message["type"] == "RECORD":
                records[message["stream"]] += 1
            elif message["type"] == "STATE":
                states[:] = [message["value"]]

    box.control("POST", "/reset")
    result = run(command, consume)
    if result.code:
        raise SystemExit("A run failed.")
    stats = box.control("GET", "/stats")["ulule"]
    requests = collections.Counter(stats["by_path"])
    return {"state": states[-1], "requests": requests, "records": records, "cpu": result.cpu}


def _is_project(path: str) -> bool:
    return path.rstrip("/").split("/")[-2] == "projects"


def _cells(result: dict[str, t.Any]) -> list[str]:
    requests = result["requests"]
    projects = sum(count for path, count in requests.items() if _is_project(path))
    names: collections.Counter[str] = collections.Counter()
    for path, count in requests.items():
        if not _is_project(path):
            names[path.rstrip("/").split("/")[-1]] += count
    lists = ", ".join(f"{name} {count}" for name, count in sorted(names.items()))
    return [
        str(sum(requests.values())),
        str(projects),
        lists or "none",
        str(sum(result["records"].values())),
        f"{result['cpu']:.1f}",
    ]


def _add_comment(box: RunningSandbox) -> None:
    """Let somebody comment on one project: its counter moves with it."""
    ulule = box.world.ulule
    ident = min(ulule.partner_projects)
    rows = ulule.comments[ident]
    every = [row for rows in ulule.comments.values() for row in rows]
    latest = max(every, key=lambda row: row["at"])
    rows.append({**latest, "id": max(row["id"] for row in every) + 1, "at": latest["at"] + 10**9})


def _summary(
    counts: dict[tuple[str, str], collections.Counter[str]], ours: str
) -> list[tuple[str, str, str, bool]]:
    again, comment = counts[ours, "nothing changed"], counts[ours, "one comment added"]
    lists = {path: n for path, n in comment.items() if not _is_project(path)}
    only_comments = len(lists) == 1 and all("comments" in path for path in lists)
    return [
        ("Ulule, 100 projects, nothing changed", f"{PROJECTS} requests, all for projects",
         f"{again.total()} requests", again.total() == PROJECTS
         and all(_is_project(path) for path in again)),
        ("the same, one comment added", "those, and one page of comments",
         f"{comment.total()} requests",
         comment.total() == PROJECTS + 1 and only_comments),
    ]  # fmt: skip
