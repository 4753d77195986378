"""What a start imports: not what the SDK needs for things that no run does."""

from __future__ import annotations

import subprocess
import sys

import pytest

PACKAGES = ("tap_moco", "tap_ulule", "tap_miimosa", "tap_micropledge", "target_miimosa_leads")
# Packages of which each costs a few hundredths of a second of every start.
HEAVY = {
    "joblib", "upath", "fsspec", "tqdm", "sqlalchemy", "duckdb", "numpy", "pandas", "pytest",
    "asyncio", "charset_normalizer", "importlib_metadata", "jsonpath_ng", "jsonpath_ng.ext",
}  # fmt: skip


def run_python(code: str) -> str:
    """Run code in a Python of its own and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_start_imports_no_heavy_package(package: str) -> None:
    """As far as ``--about`` goes: the settings and streams are known by then."""
    # The target has its journal there, by SQLAlchemy, which imports asyncio.
    heavy = HEAVY - {"sqlalchemy", "asyncio"} if package.startswith("target") else HEAVY
    code = f"""
import contextlib, io, runpy, sys
sys.argv = ["{package}", "--about", "--format=json"]
with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.suppress(SystemExit):
    runpy.run_module("{package}", run_name="__main__")
assert '"settings"' in output.getvalue()
print(*sorted({heavy!r} & sys.modules.keys()))
"""
    assert run_python(code).split() == []


def test_what_a_start_imports_counts_as_old_to_the_garbage_collector() -> None:
    """It would look through all of it, twice, before the first request."""
    code = """
import gc, tap_moco
new, old = (sum(len(gc.get_objects(each)) for each in ages) for ages in ((0, 1), (2,)))
print(gc.isenabled(), gc.get_freeze_count(), old > 20 * new)
"""
    assert run_python(code).split() == ["True", "0", "True"]


def test_what_was_deferred_works_when_it_is_used() -> None:
    code = """
import tap_moco
from singer_sdk import target_base
from singer_sdk.helpers import _batch as batch

assert target_base.Parallel(n_jobs=2, require="sharedmem")(
    target_base.delayed(abs)(number) for number in (-1, -2)
) == [1, 2]
folder = batch.UPath("/tmp")
assert isinstance(folder, batch.UPath)
assert batch.UPath.cwd().is_absolute()

class Derived(batch.UPath):
    pass

assert issubclass(Derived, batch.UPath)
import joblib, upath
assert joblib.Parallel is not target_base.Parallel and upath.UPath is not batch.UPath
assert isinstance(upath.UPath, type)
print("done")
"""
    assert run_python(code) == "done\n"


def test_what_other_packages_deferred_works_when_it_is_used() -> None:
    code = """
import tap_moco
import asyncio, backoff, requests, requests.packages.chardet
from singer_sdk.batch import entry_points
from singer_sdk.helpers.jsonpath import extract_jsonpath

attempts = []
@backoff.on_exception(backoff.constant, ValueError, interval=0, jitter=None)
async def attempt():
    attempts.append(1)
    if len(attempts) < 3:
        raise ValueError
    return len(attempts)

assert asyncio.run(attempt()) == 3
assert list(extract_jsonpath("$.rows[*]", {"rows": [1, 2]})) == [1, 2]
assert any(each.name == "jsonl" for each in entry_points(group="singer_sdk.batch_encoders"))
answer = requests.Response()
answer._content = "Grüße aus Köln".encode()
assert answer.text == "Grüße aus Köln"
assert requests.packages.chardet.detect(b"abc")["encoding"] == "ascii"
print("done")
"""
    assert run_python(code) == "done\n"


def test_who_imports_a_deferred_package_first_keeps_it() -> None:
    code = """
import joblib
import tap_moco
from singer_sdk import target_base
print(target_base.Parallel is joblib.Parallel)
"""
    assert run_python(code) == "True\n"


def test_a_name_that_is_not_deferred_imports_its_package_at_once() -> None:
    """As an SDK might ask that does something else than the present one."""
    code = """
import sys
from tap_moco._kit.sdk_imports import deferred_packages
for name in [name for name in sys.modules if name.partition(".")[0] in ("joblib", "upath")]:
    del sys.modules[name]
with deferred_packages():
    from upath import UPath
    assert "fsspec" not in sys.modules
    from upath import registry
    import joblib.parallel
    try:
        from joblib import no_such_name
    except ImportError:
        print("missing")
print(registry.__name__, joblib.parallel.__name__, UPath("/tmp"))
"""
    assert run_python(code) == "missing\nupath.registry joblib.parallel /tmp\n"
