"""The sandbox's modules depend on each other in one direction, and none of them is long."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 300


def name_modules() -> dict[str, Path]:
    """All modules of the sandbox by their dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / "sandbox").rglob("*.py")
    }


def find_imports(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of the sandbox that a file imports, those for type checking included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            named = {f"{base}.{alias.name}" for alias in node.names}
            found.update(named & modules.keys() or {base})
    return found & modules.keys()


def test_imports_make_no_circle() -> None:
    modules = name_modules()
    graph = {name: find_imports(path, modules) for name, path in modules.items()}

    assert sum(map(len, graph.values())) > len(modules)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None


def test_no_module_is_long() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in name_modules().items()
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_the_apis_do_not_know_the_server() -> None:
    modules = name_modules()
    server = {f"sandbox.{name}" for name in ("app", "control", "state", "store", "testing")}

    for name, path in modules.items():
        if name.startswith(("sandbox.apis", "sandbox.world")):
            assert not find_imports(path, modules) & server, name
