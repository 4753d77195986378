"""Withdrawn pledges in the warehouse: the README's view leaves them out."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from pathlib import Path

import psycopg

from loaders.settings import postgres_settings
from tests.harness.preloaded import start_programs
from tests.tap_micropledge.support import config_for, run_tap, served

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

ROOT = Path(__file__).parents[2]


def load(run: Run, database: str, folder: Path) -> None:
    config = {
        **postgres_settings(),
        "sqlalchemy_url": database.replace("postgresql://", "postgresql+psycopg://"),
        "default_target_schema": "micropledge",
    }
    path = folder / "target.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    lines = "".join(f"{json.dumps(message)}\n" for message in run.messages)
    done = subprocess.run(
        [start_programs() / "target-postgres", "--config", path],
        input=lines, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_view_of_the_readme_leaves_withdrawn_pledges_out(
    box: RunningSandbox, database: str, tmp_path: Path
) -> None:
    readme = (ROOT / "tap-micropledge" / "README.md").read_text(encoding="utf-8")
    view = re.search(r"```sql\n(.*?)```", readme, re.DOTALL)
    assert view is not None
    pledges = box.world.micropledge.pledges
    one, other, last = sorted(pledges, key=lambda slug: -len(pledges[slug]))[:3]
    first = run_tap(config_for(box))
    load(first, database, tmp_path)
    before: Record = served(box, "pledges")
    # One is withdrawn, another one with a new pledge in its place, and a project loses all.
    del pledges[one][0]
    del pledges[other][-1]
    pledges[other].insert(0, {**pledges[other][0], "userslug": "new", "username": "New"})
    pledges[last].clear()

    load(run_tap(config_for(box), state=first.state), database, tmp_path)

    now = served(box, "pledges")
    with psycopg.connect(database) as connection:
        connection.execute(view[1])
        names = "project_slug, date, userslug, amount, _occurrence"
        rows = connection.execute(f"select {names} from micropledge.current_pledges").fetchall()  # noqa: S608
        kept = connection.execute("select count(*) from micropledge.pledges").fetchone()
    assert kept == (len(before.keys() | now.keys()),)
    found = {(slug, f"{date:%Y-%m-%dT%H:%M:%SZ}", who, str(float(amount)), str(number))
             for slug, date, who, amount, number in rows}  # fmt: skip
    assert found == now.keys()
    assert len(rows) == len(now)


def test_with_detect_the_target_is_told_of_each_withdrawn_pledge(
    box: RunningSandbox, database: str, tmp_path: Path
) -> None:
    pledges = box.world.micropledge.pledges
    one, last, *_ = sorted(pledges, key=lambda slug: -len(pledges[slug]))
    config = config_for(box, deleted_records="detect")
    first = run_tap(config)
    load(first, database, tmp_path)
    withdrawn = pledges[one].pop(0)
    pledges[last].clear()

    second = run_tap(config, state=first.state)
    load(second, database, tmp_path)
    third = run_tap(config, state=second.state)
    # What was withdrawn may be given again.
    pledges[one].insert(0, withdrawn)
    load(run_tap(config, state=third.state), database, tmp_path)

    assert not any(row.get("_sdc_deleted_at") for row in third.records["pledges"])
    now = served(box, "pledges")
    with psycopg.connect(database) as connection:
        query = (
            "select project_slug, date, userslug, amount, _occurrence from micropledge.pledges "
            "where _sdc_deleted_at is null"
        )
        rows = connection.execute(query).fetchall()
    assert {(slug, f"{date:%Y-%m-%dT%H:%M:%SZ}", who, str(float(amount)), str(number))
            for slug, date, who, amount, number in rows} == now.keys()  # fmt: skip
