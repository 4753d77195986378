"""The structure of a package, read from its source: imports, classes, sizes."""

from __future__ import annotations

import ast
import typing as t
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
KIT = ROOT / "kit" / "singer_kit"
LONGEST_MODULE = 300


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def find_modules(folder: Path) -> dict[str, Path]:
    """Return the modules of a package by dotted name; what it shares as ``_kit`` is left out."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        if "_kit" not in parts:
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


def find_imports(folder: Path) -> dict[str, set[str]]:
    """Return which modules of the same package each module imports, for type checking too."""
    modules = find_modules(folder)
    return {
        name: {target for target in _targets(name, path, modules) if target != name}
        for name, path in modules.items()
    }


def _targets(name: str, path: Path, modules: t.Mapping[str, Path]) -> t.Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            above = above[: len(above) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                if inner in modules:
                    yield inner
                elif base in modules:
                    yield base


def find_circle(imports: t.Mapping[str, set[str]]) -> list[str]:
    """Return the modules of one circle of imports, or nothing."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(imports[name]):
            if circle := visit(target, [*path, name]):
                return circle
        done.add(name)
        return []

    for name in imports:
        if circle := visit(name, []):
            return circle
    return []


def find_classes(*folders: Path) -> dict[str, list[str]]:
    """Return the base classes of each class, by bare names."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in find_modules(folder).values():
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.ClassDef):
                    bases = [base.value if isinstance(base, ast.Subscript) else base
                             for base in node.bases]  # fmt: skip
                    found[node.name] = [ast.unparse(base).rpartition(".")[2] for base in bases]
    return found


def find_ancestors(name: str, classes: t.Mapping[str, list[str]]) -> set[str]:
    """Return the ancestors of a class that are among the classes."""
    found: set[str] = set()
    for base in classes[name]:
        if base in classes and base != name:
            found |= {base} | find_ancestors(base, classes)
    return found


def find_private_touches(package: Path, kit: Path) -> set[tuple[str, str]]:
    """Return where a package overrides, reads or imports what is private to the kit.

    Returns:
        Pairs of a module or class, and the name with an underscore.
    """
    classes = find_classes(kit, package)
    private = {
        node.name: _private_methods(node)
        for path in find_modules(kit).values()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
    }
    found: set[tuple[str, str]] = set()
    for module, path in find_modules(package).items():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom) and "_kit" in (node.module or ""):
                found |= {(module, a.name) for a in node.names if a.name.startswith("_")}
            if isinstance(node, ast.ClassDef):
                above = find_ancestors(node.name, classes)
                inherited = set().union(*(private.get(name, set()) for name in above))
                found |= {(node.name, name) for name in _private_uses(node) & inherited}
    return found


def _private_methods(node: ast.ClassDef) -> set[str]:
    names = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    names |= {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
    }
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def _private_uses(node: ast.ClassDef) -> set[str]:
    names = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    names |= {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef)}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def count_lines(path: Path) -> int:
    """Return the number of lines of a module."""
    return len(path.read_text(encoding="utf-8").splitlines())
