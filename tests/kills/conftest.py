"""How often, by which chance, and where the figures go."""

from __future__ import annotations

import random
import typing as t
from pathlib import Path

import pytest

from reliability.figures import append, stamp
from tests.target_miimosa_leads.conftest import (  # noqa: F401 - fixtures
    _sandbox,
    arrived,
    box,
    fault,
    postgres_url,
    posts,
    work,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

COUNTS = ("--kills", "--tap-kills", "--meltano-kills")
# Seconds for a test, and for each time that something is killed, on a machine that is very busy.
BASE, EACH = 300, 15


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test of this folder time for as many kills as it is asked for."""
    most = max(config.getoption(name) for name in COUNTS)
    for item in items:
        if item.path.parent.name == "kills":
            item.add_marker(pytest.mark.timeout(BASE + EACH * most))


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How many times the target is killed on each journal."""
    number: int = request.config.getoption("--kills")
    return number


@pytest.fixture
def tap_kills(request: pytest.FixtureRequest) -> int:
    """How many times each tap, or its loader, is disturbed."""
    number: int = request.config.getoption("--tap-kills")
    return number


@pytest.fixture
def meltano_kills(request: pytest.FixtureRequest) -> int:
    """How many times a run of Meltano is disturbed."""
    number: int = request.config.getoption("--meltano-kills")
    return number


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What chance follows from: that of ``--seed``, or another at each run.

    It is printed, and pytest shows that of a test which fails.
    """
    given: int | None = request.config.getoption("--seed")
    seed = random.SystemRandom().randrange(1_000_000) if given is None else given
    print(f"to repeat it: --seed {seed}")
    return seed


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Appends figures to the file of ``--figures``, if that is given."""
    given = request.config.getoption("--figures")
    stamp()

    def keep(name: str, **figures: object) -> None:
        if given:
            append(Path(given), name, figures)

    return keep
