"""How the package is built: layers without circles, small modules, nobody else's private names."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
import typing as t
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import target_miimosa_leads

if t.TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "target_miimosa_leads"
FOLDER = Path(target_miimosa_leads.__file__).parent
# Every module and package, each of which may only import what stands before it.
LAYERS = (
    "_kit",
    "errors",
    "timestamps",
    "leads",
    "setting_values",
    "settings",
    "journal",
    "resolution",
    "journal_output",
    "journal_singer",
    "journal_command",
    "outputs",
    "delivery",
    "dry_run",
    "run",
    "singer",
    "journal_cli",
    "journal_tap",
    "__main__",
)
FILES = {
    ".".join([NAME, *path.relative_to(FOLDER).with_suffix("").parts]).removesuffix(
        ".__init__"
    ): path
    for path in sorted(FOLDER.rglob("*.py"))
    if "_kit" not in path.relative_to(FOLDER).parts
}
MODULES = sorted(FILES)


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[tuple[str, str]]:
    """Yield what a module imports: module and name, those for type checking included."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            parts = [*(above if node.level else []), *([node.module] if node.module else [])]
            yield from ((".".join(parts), each.name) for each in node.names)


def dependencies(module: str) -> set[str]:
    """Return the modules of the package that a module imports."""
    found = set()
    for source, name in imported(module):
        target = f"{source}.{name}" if f"{source}.{name}" in FILES else source
        if target in FILES:
            found.add(target)
    return found


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def classes() -> Iterator[tuple[type, ast.ClassDef]]:
    """Yield the classes of the package, and the source of each."""
    for module in MODULES:
        if layer(module) == "__main__":
            continue
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef):
                yield getattr(importlib.import_module(module), node.name), node


def is_private(name: str | None) -> bool:
    return name is not None and name.startswith("_") and not name.endswith("_")


def private_names(node: ast.AST) -> set[str]:
    """Return the private names that a piece of code defines, on objects or by itself."""
    found: set[str | None] = set()
    for each in ast.walk(node):
        if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            found.add(each.name)
        elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            found.add(each.attr)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
    return {name for name in found if name is not None and is_private(name)}


def test_no_circle_of_imports() -> None:
    TopologicalSorter({module: dependencies(module) for module in MODULES}).prepare()


def test_packages_depend_downwards_only() -> None:
    assert {layer(module) for module in MODULES} - {""} == set(LAYERS) - {"_kit"}
    upwards = [
        f"{module} imports {other}"
        for module in MODULES
        for other in dependencies(module)
        if layer(module) != layer(other)
        and LAYERS.index(layer(module)) <= LAYERS.index(layer(other))
    ]
    assert upwards == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_long_and_no_function(module: str) -> None:
    assert len(FILES[module].read_text(encoding="utf-8").splitlines()) <= 300
    lengths = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree(module))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_no_class_has_many_ancestors_of_ours() -> None:
    for each, _ in classes():
        ours = [c.__qualname__ for c in each.__mro__[1:] if c.__module__.startswith(NAME)]
        assert len(ours) <= 4, (each, ours)


@pytest.mark.parametrize("module", MODULES)
def test_no_private_name_of_others_is_used(module: str) -> None:
    names = {part for source, name in imported(module) for part in [*source.split("."), name]}
    assert {name for name in names if is_private(name)} <= {"_kit"}
    used = {each.attr for each in ast.walk(tree(module)) if isinstance(each, ast.Attribute)}
    assert {name for name in used if is_private(name)} <= private_names(tree(module))


def test_no_private_name_of_others_is_overridden() -> None:
    for each, node in classes():
        for base in each.__mro__[1:]:
            if base.__module__ in {"builtins", "abc", "typing", "enum", each.__module__}:
                continue
            theirs = private_names(ast.parse(textwrap.dedent(inspect.getsource(base))))
            assert private_names(node) & theirs == set(), (each, base)
