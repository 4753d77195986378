"""`meltano run` disturbed in its midst: the next one goes on, the tables are as the world is."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import time
import typing as t
from collections import Counter

import psutil
import psycopg
import pytest

from demo.comparison import compare, list_tables
from demo.scope import World
from sandbox.testing import running_sandbox
from simulation.disturbances import KINDS
from tests.pipelines.project import BIN, ROOT, Project

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox

# A run that was killed counts as running for some minutes; only --force begins another.
COMMAND = [str(BIN / "meltano"), "run", "--force", "tap-miimosa", "target-postgres"]
WHOM = ("all", "meltano", "tap-miimosa", "target-postgres")
MOST_RUNS = 3
# Seconds; a start of Meltano takes long on a busy machine.
PATIENCE = 300


@pytest.mark.slow
def test_the_next_run_goes_on_where_a_disturbed_one_was(
    database: str, tmp_path: Path, meltano_kills: int, seed: int, record: Callable[..., None]
) -> None:
    chance = random.Random(seed)
    met: Counter[str] = Counter()
    whom: Counter[str] = Counter()
    runs = 0
    with running_sandbox(scale=0.2) as box:
        project = Project(box, database, tmp_path, BIN)
        people = sorted({row["user_email"] for row in project.world("miimosa/wallets")})
        project.env["TAP_MIIMOSA_USERS"] = json.dumps([{"email": email} for email in people])
        box.control("PUT", "/options", {"latency_ms": 20})
        requests = len(people) + 2
        while met.total() < meltano_kills and runs < MOST_RUNS * meltano_kills:
            runs += 1
            kind, part = chance.choice(list(KINDS)), chance.choice(WHOM)
            if disturbed_run(project, box, kind, part, chance.randint(0, requests), chance):
                met[kind] += 1
                whom[part] += 1
        assert met.total() == meltano_kills

        done = project.run(" ".join(COMMAND))

        assert done.code == 0, done.log
        world = World(lambda method, path: box.control(method, f"/{path}"), searched=False)
        with psycopg.connect(database) as connection:
            tables = list_tables(connection, ["miimosa"])
            assert {table.stream for table in tables} >= {"pledges", "projects", "wallets"}
            assert all(table.keys for table in tables)
            for table in tables:
                difference = compare(table, table.read(connection), world)
                assert not difference, str(difference)
    record("meltano", seed=seed, kinds=met, parts=whom, runs=runs)


def disturbed_run(
    project: Project,
    box: RunningSandbox,
    kind: str,
    part: str,
    requests: int,
    chance: random.Random,
) -> bool:
    """Run and disturb; tell whether the signals met a process.

    Args:
        project: Of Meltano.
        box: The API.
        kind: Which signals.
        part: Which of the processes they go to.
        requests: After how many requests of the run; 0: while Meltano starts.
        chance: Says how long after.
    """
    counts = box.sandbox.counts["miimosa"]
    before = counts["requests"]
    log = project.folder / "meltano.log"
    with log.open("w") as out, subprocess.Popen(
        COMMAND, cwd=ROOT, env=project.env, stdout=out, stderr=out, start_new_session=True
    ) as process:  # fmt: skip
        end = time.monotonic() + PATIENCE
        while process.poll() is None and counts["requests"] < before + requests:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2 if requests else 2))
        members = [] if process.poll() is not None else family(process.pid)
        targets = [each for each in members if part == "all" or is_part(each, part)]
        for number in KINDS[kind]:
            for each in targets:
                # It may have ended meanwhile.
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.send_signal(number)
            time.sleep(0.1)
        process.wait(PATIENCE)
        # What a killed Meltano leaves behind ends when its pipes do.
        _, left = psutil.wait_procs(members, timeout=PATIENCE)
        assert not left
    return bool(targets)


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all that it has started."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def is_part(process: psutil.Process, part: str) -> bool:
    """Tell whether a process is the program of this name."""
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    return any(os.path.basename(word) == part for word in command[:2])  # noqa: PTH119
