"""A budget in a file: whose limits hold, what the file may be, and who has used it."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import typing as t

import pytest

from singer_kit.errors import BudgetError, ConfigError, KitError
from singer_kit.http import budget_file
from singer_kit.http.budget import Window
from singer_kit.http.budget_file import BudgetFile
from singer_kit.http.shared_budget import SharedBudget

if t.TYPE_CHECKING:
    from pathlib import Path

HOUR = Window(500, 3600)


def share(path: Path, *windows: Window) -> SharedBudget:
    return SharedBudget(BudgetFile(str(path), windows), max_wait=0)


def use(budget: SharedBudget, count: int = 1) -> None:
    for _ in range(count):
        with budget.slot(lambda: False):
            pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "budget.db"


# Whose limits hold


@pytest.mark.parametrize("strict_first", [True, False])
def test_the_limits_of_each_hold_for_all(path: Path, *, strict_first: bool) -> None:
    limits = [Window(6, 3000), Window(100, 1000)]
    one, other = (share(path, limit) for limit in limits)
    first, second = (one, other) if strict_first else (other, one)
    use(first)
    use(second, 5)

    for budget in (one, other):
        with pytest.raises(BudgetError):
            use(budget)
    assert other.left()["6/3000s"] == 0


def test_a_shorter_limit_forgets_nothing_that_a_longer_one_counts(path: Path) -> None:
    hour, moment = share(path, Window(3, 3600)), share(path, Window(100, 0.001))
    use(hour, 2)
    time.sleep(0.002)
    use(moment)

    with pytest.raises(BudgetError):
        use(hour)


def test_a_clock_that_jumps_frees_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget, present = share(path, HOUR), time.time
    use(budget, 500)
    monkeypatch.setattr(time, "time", lambda: present() + 86_400)

    for each in (budget, share(path, HOUR)):
        with pytest.raises(BudgetError):
            use(each)


def test_an_earlier_start_of_the_machine_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(share(path, HOUR), 40)
    monotonic = time.monotonic
    # Its clock begins elsewhere, and the wall clock goes on.
    monkeypatch.setattr(budget_file, "_boot_id", lambda: "another")
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 1_000_000)

    later = share(path, HOUR)
    use(later)
    assert later.left() == {"500/3600s": 459}


def test_what_the_former_version_has_left_counts(path: Path) -> None:
    former = sqlite3.connect(path)
    former.executescript(
        "create table slots (id integer primary key, started real not null, done real);"
        "create table blocked (until real not null);"
    )
    present = time.time()
    rows = [(present - age, present - age) for age in (10, 20, 7200)]
    former.executemany("insert into slots (started, done) values (?, ?)", rows)
    former.commit()
    former.close()

    budget = share(path, HOUR)
    use(budget)
    assert budget.left() == {"500/3600s": 497}


def test_a_request_of_a_process_that_is_gone_is_over(path: Path) -> None:
    code = (
        "import sys, threading, time\n"
        "from singer_kit.http.budget import Window\n"
        "from singer_kit.http.budget_file import BudgetFile\n"
        "from singer_kit.http.shared_budget import SharedBudget\n"
        "file = BudgetFile(sys.argv[1], [Window(1, 3600)])\n"
        "with SharedBudget(file, max_wait=0).slot(lambda: False):\n"
        "    print('in flight', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)

    # It is counted as complete, not waited for: its request may have arrived.
    with pytest.raises(BudgetError, match="would wait 3600 s"):
        use(share(path, Window(1, 3600)))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


# What the file may be


def test_other_files_stay_as_they_are(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("create table customers (id integer)")
    database.commit()
    database.close()
    content = path.read_bytes()

    with pytest.raises(ConfigError, match=r"'budget_path' cannot be used: it holds something else"):
        share(path, HOUR)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"no database" * 99, b"SQLite format 3\x00" + b"x" * 5000])
def test_damaged_files_stay_as_they_are(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="'budget_path' cannot be used: it holds something else"):
        share(path, HOUR)
    assert path.read_bytes() == content


def test_devices_folders_and_files_with_a_second_name_are_refused(path: Path) -> None:
    path.touch()
    second = path.with_name("second")
    second.hardlink_to(path)
    mode = os.stat("/dev/null").st_mode  # noqa: PTH116
    for name, words in (
        ("/dev/null", "is a device"),
        (str(path.parent), "is a folder"),
        (str(second), "has a second name"),
        (str(path.parent / "none" / "x"), "No such file"),
    ):
        with pytest.raises(ConfigError, match=f"'budget_path' cannot be used: .*{words}"):
            BudgetFile(name, [HOUR])
    assert os.stat("/dev/null").st_mode == mode  # noqa: PTH116


def test_a_symbolic_link_leads_to_the_file(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    use(share(link, HOUR))
    budget = share(path, HOUR)
    use(budget)
    assert budget.left() == {"500/3600s": 498}
    assert link.is_symlink()


def test_a_file_that_is_removed_ends_the_run(path: Path) -> None:
    budget = share(path, HOUR)
    use(budget)
    path.unlink()
    with pytest.raises(KitError, match="'budget_path' was removed or replaced"):
        use(budget)


def test_a_file_that_somebody_locks_ends_the_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget_file, "LOCK_SECONDS", 0.05)
    budget = share(path, HOUR)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(KitError, match=r"'budget_path' cannot be used any more: .* locked"):
        use(budget)
    other.close()
    use(budget)


def test_a_full_disk_ends_the_run(path: Path) -> None:
    budget = share(path, HOUR)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(KitError, match="'budget_path' cannot be used any more: disk"):
            use(budget)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
