"""Starts what a simulation needs, and configures the taps."""

from __future__ import annotations

import shutil
import tempfile
import typing as t
from contextlib import contextmanager
from pathlib import Path

from demo.postgres import start_postgres
from sandbox.world.ulule import AGENCY
from simulation.processes import TAPS

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.process import SandboxClient


@contextmanager
def warehouse() -> Iterator[tuple[str, Path]]:
    """Run a PostgreSQL of its own; give its address, and a folder for what the runs leave."""
    folder = Path(tempfile.mkdtemp(prefix="simulation-"))
    # Run by root, PostgreSQL is another user, who must be let in.
    folder.chmod(0o755)
    server = start_postgres(folder / "postgres")
    try:
        yield server.get_uri(), folder
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def configure(box: SandboxClient, years: list[int]) -> dict[str, dict[str, t.Any]]:
    """Return a configuration of each tap that reads all that is the agency's."""
    people = sorted({row["user_email"] for row in box.control("GET", "world/miimosa/wallets")
                     ["records"]})  # fmt: skip
    slugs = [row["project_slug"] for row in box.control("GET", "world/micropledge/projects")
             ["records"]]  # fmt: skip
    found: dict[str, dict[str, t.Any]] = {
        "moco": {"api_key": "sandbox-moco-key", "report_years": years, "deleted_records": "detect"},
        "ulule": {
            "api_key": "sandbox-ulule-key",
            "auth_method": "api_key",
            "partner_slugs": [AGENCY],
            "search_query": f"partners:{AGENCY}",
            "deleted_records": "detect",
            "discussions_url": f"{box.url}/ulule/discussions",
        },
        "miimosa": {
            "api_key": "sandbox-miimosa-key",
            "users": [{"email": email} for email in people],
            "deleted_records": "detect",
        },
        "micropledge": {"project_slugs": slugs, "deleted_records": "detect"},
    }
    paths = {"moco": "moco/api/v1", "ulule": "ulule/v1"}
    for api, config in found.items():
        config |= {"api_url": f"{box.url}/{paths.get(api, api)}", "rate_limits": []}
        known = TAPS[api].config_jsonschema["properties"]
        found[api] = {name: value for name, value in config.items() if name in known}
    return found
