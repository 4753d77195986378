"""The kit and the packages on it: no circles, shallow classes, short modules, public hooks only."""

from __future__ import annotations

import typing as t

import pytest

from tests import structure
from tests.structure import KIT, ROOT

if t.TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {
    path.name: path
    for path in (
        KIT,
        ROOT / "tap-moco" / "tap_moco",
        ROOT / "tap-ulule" / "tap_ulule",
        ROOT / "tap-miimosa" / "tap_miimosa",
        ROOT / "tap-micropledge" / "tap_micropledge",
        ROOT / "target-miimosa-leads" / "target_miimosa_leads",
    )
}
TAPS = [name for name in PACKAGES if name.startswith("tap_")]
# As the kit's README draws it: each may use those before it.
ORDER = ("ground", "http", "state", "paging", "runtime", "reading", "singer")
MOST_ANCESTORS = 4


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> Path:
    return PACKAGES[request.param]


def test_no_module_imports_itself_by_a_circle(package: Path) -> None:
    assert structure.find_circle(structure.find_imports(package)) == []


def test_no_module_is_long(package: Path) -> None:
    lines = {n: structure.count_lines(p) for n, p in structure.find_modules(package).items()}
    assert {n: count for n, count in lines.items() if count > structure.LONGEST_MODULE} == {}


def test_no_class_has_many_ancestors_of_ours(package: Path) -> None:
    classes = structure.find_classes(KIT, package)
    ancestors = {name: structure.find_ancestors(name, classes) for name in classes}
    assert {n: found for n, found in ancestors.items() if len(found) > MOST_ANCESTORS} == {}


def test_the_kits_packages_depend_downwards_only() -> None:
    imports = structure.find_imports(KIT)
    assert {rank(name) for name in imports} <= set(ORDER)
    upwards = {
        (name, target)
        for name, targets in imports.items()
        for target in targets
        if ORDER.index(rank(target)) > ORDER.index(rank(name))
    }
    assert upwards == set()


def rank(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (KIT / parts[1]).is_dir() else "ground"


def test_the_readme_draws_the_same_order() -> None:
    text = (ROOT / "kit" / "README.md").read_text(encoding="utf-8")
    drawn = [name for name in ORDER if f"| `{name}" in text]
    places = [text.index(f"| `{name}") for name in drawn]
    assert drawn == list(ORDER)
    assert places == sorted(places)


@pytest.mark.parametrize("name", [*TAPS, "target_miimosa_leads"])
def test_nobody_touches_a_private_name_of_the_kit(name: str) -> None:
    assert structure.find_private_touches(PACKAGES[name], KIT) == set()


@pytest.mark.parametrize("name", TAPS)
def test_only_two_modules_of_the_kit_know_private_names_of_the_sdk(name: str) -> None:
    for package in (KIT, PACKAGES[name]):
        for module, path in structure.find_modules(package).items():
            if module in {"singer_kit.sdk", "singer_kit.sdk_streams"}:
                continue
            text = path.read_text(encoding="utf-8")
            assert "singer_sdk._" not in text, module
            assert "singer_sdk.helpers._" not in text, module
            assert "singer_sdk.streams._" not in text, module
            assert "singer_sdk.configuration._" not in text, module
            assert "self._tap" not in text, module
