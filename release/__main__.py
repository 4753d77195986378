"""Checks packages before they are published: ``python -m release [TAG]``.

A tag is the name of a package and its version: ``tap-moco-v0.2.0``. Without one all are checked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from release.check import PACKAGES, Package, ReleaseError, build, check_tag, try_alone


def main() -> None:
    """Check, build and try one package, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("tag", nargs="?", help="such as tap-moco-v0.2.0; all packages without it")
    parser.add_argument("--dist", type=Path, help="folder that takes the built files")
    given = parser.parse_args()
    try:
        packages = [check_tag(given.tag)] if given.tag else [Package(name) for name in PACKAGES]
        with tempfile.TemporaryDirectory() as folder:
            for package in packages:
                for remark in package.remarks():
                    print(f"{package.name}: {remark}")  # noqa: T201
                files = build(package, given.dist or Path(folder, package.name))
                print(f"{package.name} {package.version}: {try_alone(package, files)}")  # noqa: T201
    except ReleaseError as error:
        sys.exit(str(error))


main()
