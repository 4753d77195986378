"""The checks: versions agree, the changelog has them, and a wheel works with nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge", "target-miimosa-leads")
TAG = re.compile(r"(?P<name>[a-z-]+)-v(?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
VERSION = re.compile(r'^version = "(.*)"$', re.MULTILINE)
PLACEHOLDER = "your.git.host"


class ReleaseError(Exception):
    """Something that must not be published as it is."""


@dataclass(frozen=True)
class Package:
    """One of the packages, as its folder is.

    Attributes:
        name: Of the distribution, and of the folder.
    """

    name: str

    @cached_property
    def _project(self) -> str:
        return (ROOT / self.name / "pyproject.toml").read_text(encoding="utf-8")

    @cached_property
    def version(self) -> str:
        """The version in ``pyproject.toml``."""
        found = VERSION.search(self._project)
        if found is None:
            raise ReleaseError(f"{self.name}/pyproject.toml has no version.")
        return found[1]

    def remarks(self) -> t.Iterator[str]:
        """Yield what a person has to decide."""
        if PLACEHOLDER in self._project:
            yield f"[project.urls] still names {PLACEHOLDER}."


def check_tag(tag: str) -> Package:
    """Return the package that a tag publishes.

    Raises:
        ReleaseError: If the tag, the version and the changelog do not agree.
    """
    found = TAG.fullmatch(tag)
    if found is None or found["name"] not in PACKAGES:
        raise ReleaseError(f"The tag '{tag}' is not PACKAGE-vVERSION; packages: {PACKAGES}.")
    package = Package(found["name"])
    if package.version != found["version"]:
        raise ReleaseError(
            f"The tag '{tag}' says {found['version']}, {package.name}/pyproject.toml says "
            f"{package.version}."
        )
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = f"## [{package.name} {package.version}]"
    if heading not in changelog:
        raise ReleaseError(f"CHANGELOG.md has no section '{heading}'.")
    return package


def build(package: Package, folder: Path) -> list[Path]:
    """Build the source distribution, and from it the wheel.

    Returns:
        The two files.
    """
    command = ["-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT / package.name)]
    _run(sys.executable, *command)
    return sorted(folder.glob(f"{package.name.replace('-', '_')}-{package.version}*"))


def try_alone(package: Package, files: list[Path]) -> str:
    """Install the wheel and what it asks for into a new environment, and start the program.

    Returns:
        What the program says of its version.
    """
    (wheel,) = (path for path in files if path.suffix == ".whl")
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "venv")
        uv = [sys.executable, "-m", "uv"]
        _run(*uv, "venv", "--quiet", "--python", sys.executable, str(environment))
        python = environment / "bin" / "python"
        _run(*uv, "pip", "install", "--quiet", "--python", str(python), str(wheel))
        program = environment / "bin" / package.name
        _run(str(program), "--about", "--format=json")
        return _run(str(program), "--version").strip()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)}:\n{done.stderr or done.stdout}")
    return done.stdout
