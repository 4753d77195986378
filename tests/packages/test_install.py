"""Each package installs alone: a wheel and a source distribution carry the shared kit as files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge", "target-miimosa-leads"]

SECRETS = {
    "access_token",
    "api_key",
    # A URL may hold a password.
    "budget_path",
    "client_secret",
    "email",
    "journal_url",
    "password",
    "refresh_token",
    # People, each with an e-mail address.
    "users",
}


def call(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command without the checkout on its path; return what it printed."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module", params=PACKAGES)
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A new environment with one package, and its dependencies borrowed from this one."""
    home = tmp_path_factory.mktemp("install")
    package = str(request.param)
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", home / "dist", ROOT / package)
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    site = Path(call(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
    # As if from the registry: everything installed here, but none of our editable packages.
    borrowed = site / "borrowed"
    borrowed.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        name = entry.name.replace("-", "_")
        ours = any(name.startswith(p.replace("-", "_")) for p in PACKAGES)
        if not ours and not name.startswith(("_editable_impl", "__editable__")):
            (borrowed / entry.name).symlink_to(entry)
    (site / "borrowed.pth").write_text(str(borrowed), encoding="utf-8")
    (wheel,) = (home / "dist").glob("*.whl")
    call(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps",
         "--python", python, wheel)  # fmt: skip
    return package, home


def test_the_command_line_works(installed: tuple[str, Path]) -> None:
    package, home = installed
    program = home / "venv" / "bin" / package
    about = json.loads(call(program, "--about", "--format=json", cwd=home))
    assert about["name"] == package
    assert about["version"] in call(program, "--version", cwd=home)
    if package.startswith("tap-"):
        catalog = json.loads(call(program, "--discover", cwd=home))
        assert catalog["streams"]


def test_secrets_are_declared(installed: tuple[str, Path]) -> None:
    package, home = installed
    program = home / "venv" / "bin" / package
    settings = json.loads(call(program, "--about", "--format=json"))["settings"]["properties"]
    for name, setting in settings.items():
        assert setting.get("description"), f"{name} has no description"
        assert setting.get("secret", False) is (name in SECRETS), name


def test_wheel_and_source_carry_the_kit_and_the_types(installed: tuple[str, Path]) -> None:
    package, home = installed
    module = package.replace("-", "_")
    (wheel,) = (home / "dist").glob("*.whl")
    (source,) = (home / "dist").glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
    with tarfile.open(source) as archive:
        in_source = archive.getnames()
    for names in (in_wheel, in_source):
        assert any(name.endswith(f"{module}/_kit/errors.py") for name in names)
        assert any(name.endswith(f"{module}/py.typed") for name in names)
        assert any(name.endswith("LICENSE") for name in names)
