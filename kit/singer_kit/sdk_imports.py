"""Imports the Singer SDK without the packages that it imports for what no run here does.

It needs joblib where a target drains several sinks at once, upath (with fsspec behind it) and
importlib_metadata for BATCH files, jsonpath_ng where a stream names its records by a path. What it
uses needs asyncio where coroutines are tried again, and charset_normalizer for texts in no known
encoding. That is a quarter of the CPU time of a start. Each is used by a name or two, so that while
the SDK is imported stand-ins take their place, which import the package at their first use.
Afterwards `sys.modules` is as it would be if nobody had asked for the packages.

A package that is imported already, or not installed, is left alone; a name that is not listed
here imports its package at once. So an SDK that does something else is slower, and no more.
`docs/upstream/sdk-import-time.md` says what the SDK could do.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import importlib.util
import sys
import types
import typing as t
from contextlib import contextmanager, suppress

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The names that are taken from packages, and used only when they are called.
DEFERRED: Mapping[str, frozenset[str]] = types.MappingProxyType({
    "asyncio": frozenset(),
    "charset_normalizer": frozenset(),
    "importlib_metadata": frozenset({"entry_points"}),
    "joblib": frozenset({"Parallel", "delayed", "parallel_config"}),
    "jsonpath_ng": frozenset({"Child", "Slice"}),
    "jsonpath_ng.ext": frozenset({"parse"}),
    "upath": frozenset({"UPath"}),
})  # fmt: skip


class DeferredName:
    """Stands for a function or class until it is used.

    Args:
        package: Name of the package.
        name: Name in it.
    """

    def __init__(self, package: str, name: str) -> None:
        """Import nothing."""
        self._package = package
        self._name = name

    def _load(self) -> t.Any:  # noqa: ANN401
        return getattr(importlib.import_module(self._package), self._name)

    def __call__(self, *args: t.Any, **kwargs: t.Any) -> t.Any:  # noqa: ANN401
        """Call what it stands for."""
        return self._load()(*args, **kwargs)

    def __getattr__(self, name: str) -> t.Any:  # noqa: ANN401
        """Return an attribute of what it stands for."""
        return getattr(self._load(), name)

    def __instancecheck__(self, instance: object) -> bool:
        """Tell whether something is an instance of the class that it stands for."""
        return isinstance(instance, self._load())

    def __subclasscheck__(self, subclass: type) -> bool:
        """Tell whether a class is derived from the one that it stands for."""
        return issubclass(subclass, self._load())

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[t.Any, ...]:
        """Return the class from which one that names the stand-in is derived."""
        return (self._load(),)

    def __or__(self, other: t.Any) -> t.Any:  # noqa: ANN401
        """Return a union of types."""
        return self._load() | other

    def __ror__(self, other: t.Any) -> t.Any:  # noqa: ANN401
        """Return a union of types."""
        return other | self._load()


class DeferredPackage(types.ModuleType):
    """Stands for a package until something else than its deferred names is asked for.

    Args:
        name: Name of the package.
        path: Where its modules are: Python asks that of whatever names are imported from.
    """

    def __init__(self, name: str, path: Iterable[str]) -> None:
        """Import nothing."""
        super().__init__(name)
        self.__path__ = [*path]

    def __getattr__(self, name: str) -> t.Any:  # noqa: ANN401
        """Return a stand-in for the name, or what the package has."""
        package = self.__name__
        if name in DEFERRED[package]:
            return DeferredName(package, name)
        if name == "__version__":
            # As requests asks of each package that it may use.
            with suppress(importlib.metadata.PackageNotFoundError):
                return importlib.metadata.version(package)
        if sys.modules.get(package) is self:
            del sys.modules[package]
        return getattr(importlib.import_module(package), name)


@contextmanager
def deferred_packages() -> Iterator[None]:
    """Let stand-ins take the place of the deferred packages, for what is imported meanwhile."""
    stand_ins: dict[str, DeferredPackage] = {}
    for name in DEFERRED:
        # Of a package in another one, the outer one is asked first, and may be a stand-in by now.
        spec = None if name in sys.modules else importlib.util.find_spec(name)
        if spec is not None:
            stand_ins[name] = DeferredPackage(name, spec.submodule_search_locations or ())
            sys.modules[name] = stand_ins[name]
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


def import_sdk() -> None:
    """Import the SDK; of its thousands of functions and classes, none is garbage."""
    collects = gc.isenabled()
    gc.disable()
    try:
        with deferred_packages():
            importlib.import_module("singer_sdk")
    finally:
        if not gc.get_freeze_count():
            # What was imported counts as old at once: nobody looks through all of it as new.
            gc.freeze()
            gc.unfreeze()
        if collects:
            gc.enable()
