"""Which streams Meltano selects, for commands that it starts without a catalog.

``meltano invoke tap-x --test`` hands over no catalog, or that of the last run, but tells in
environment variables what is selected.
"""

from __future__ import annotations

import fnmatch
import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMESPACE = "MELTANO_EXTRACTOR_NAMESPACE"
_SELECT = "MELTANO_EXTRACT__SELECT"
_FILTER = "MELTANO_EXTRACT__SELECT_FILTER"


def find_meltano_selection(
    plugin: str, streams: Iterable[str], environment: Mapping[str, str]
) -> set[str] | None:
    """Return the streams that Meltano selects; None if it has not started this plugin.

    Args:
        plugin: Name of the tap.
        streams: Names of all its streams.
        environment: Environment variables.
    """
    if not environment.get(_NAMESPACE, "").startswith(plugin.replace("-", "_")):
        return None
    try:
        rules = json.loads(environment[_SELECT])
        filters = json.loads(environment.get(_FILTER) or "[]")
    except (KeyError, ValueError):
        return None
    if not isinstance(rules, list) or not isinstance(filters, list):
        return None
    return {name for name in streams if _is_selected(name, rules) and _passes(name, filters)}


def _is_selected(stream: str, rules: list[t.Any]) -> bool:
    """Apply ``select``: what is excluded stays so, whatever else includes it."""
    included = excluded = False
    for rule in map(str, rules):
        pattern, _, fields = rule.removeprefix("!").partition(".")
        if fnmatch.fnmatchcase(stream, pattern):
            if not rule.startswith("!"):
                included = True
            elif fields in {"", "*"}:
                excluded = True
    return included and not excluded


def _passes(stream: str, filters: list[t.Any]) -> bool:
    """Apply ``select_filter``: names to keep, and with ``!`` names to leave out."""
    names = [str(each) for each in filters]
    kept = [each for each in names if not each.startswith("!")]
    left_out = [each[1:] for each in names if each.startswith("!")]
    return (not kept or _matches(stream, kept)) and not _matches(stream, left_out)


def _matches(stream: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(stream, each.partition(".")[0]) for each in patterns)
