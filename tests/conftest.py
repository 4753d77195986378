"""What tests of several packages need."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import typing as t
import uuid
from pathlib import Path

import psycopg
import pytest

from demo.postgres import start_postgres
from tests.harness import leaks
from tests.harness.preloaded import start_programs
from tests.kit.scripted_server import ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What the one who runs the tests has set for other programs would change the ones under test:
# proxies, levels of logs, settings of plugins, of Meltano and of PostgreSQL's clients.
FOREIGN = re.compile(
    r"(https?|all|no)_proxy|(.*_)?loglevel|(tap|target|singer_sdk|meltano|demo)_.*|pg.*",
    re.IGNORECASE,
)
for _name in list(filter(FOREIGN.fullmatch, os.environ)):
    del os.environ[_name]

# So few are a check of each change; `make torture` makes many more.
KILLS = {"--kills": 20, "--tap-kills": 6, "--meltano-kills": 2}
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
HANDLERS = {number: signal.getsignal(number) for number in SIGNALS}


subprocess.Popen = leaks.SearchedPopen  # type: ignore[misc]


def pytest_addoption(parser: pytest.Parser) -> None:
    whom = ("the target on each journal", "each tap and its loader", "meltano run")
    for (name, number), what in zip(KILLS.items(), whom, strict=True):
        parser.addoption(name, type=int, default=number, help=f"how many times to disturb {what}")
    parser.addoption("--seed", type=int, help="what the moments of the kills follow from")
    parser.addoption("--figures", help="a file to which the tests of kills append what they did")


def restore_handlers() -> None:
    """A plugin that is made inside the tests' process takes over its signals: take them back."""
    for number, handler in HANDLERS.items():
        signal.signal(number, handler)


def pytest_collection_finish() -> None:
    """Some modules make plugins while they are imported."""
    restore_handlers()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture(autouse=True)
def _handlers_restored() -> Iterator[None]:
    yield
    restore_handlers()


@pytest.fixture(autouse=True)
def _secrets_forgotten() -> Iterator[None]:
    """A run looks for its own secrets only, as in a process of its own, not for those of all tests.

    Each package has the kit under a name of its own.
    """
    yield
    for name in [name for name in sys.modules if name.endswith("_kit.redaction")]:
        sys.modules[name].forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: begun last, one worker would wait for the other."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test in which a program let out credentials or personal data."""
    try:
        yield
    except BaseException:
        # Not to be told of the test that comes next.
        leaks.take(prints_data=True)
        raise
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None:
        leaks.note_files(folder)
    meant = item.get_closest_marker("prints_data") is not None
    if found := leaks.take(prints_data=meant):
        pytest.fail("\n".join(["Let out:", *found]), pytrace=False)


@pytest.fixture
def closed_url() -> Iterator[str]:
    """An address where nobody listens: bound, so that nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


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
def programs() -> Path:
    """A folder for the PATH, with Meltano and the plugins, which start at once."""
    return start_programs()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URI of a real PostgreSQL server, with a database that nobody uses."""
    folder = Path(tempfile.mkdtemp(prefix="connectors-"))
    folder.chmod(0o755)
    server = start_postgres(folder / "postgres")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # It need not outlive the machine, whose disk may be slow.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("select pg_reload_conf()")
    yield server.get_uri()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def make_database(postgres: str) -> Callable[[], str]:
    """Makes fresh, empty PostgreSQL databases; each is a URI (postgresql://…)."""

    def make() -> str:
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return postgres.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture
def database(make_database: Callable[[], str]) -> str:
    """The URI of a fresh, empty PostgreSQL database (postgresql://…)."""
    return make_database()
