"""The texts of all errors and warnings that the packages write, as the source has them.

A template is a text with ``<>`` for each part that is known only in a run. Constants of the same
module are put in.
"""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "kit/singer_kit",
    "tap-moco/tap_moco",
    "tap-ulule/tap_ulule",
    "tap-miimosa/tap_miimosa",
    "tap-micropledge/tap_micropledge",
    "target-miimosa-leads/target_miimosa_leads",
)
LEVELS = {"warning", "error", "critical", "exception"}
PLACEHOLDER = "<>"
# Errors whose text continues a sentence that whoever catches them begins.
CONTINUE = {"ExpressionError": "Setting '<>' ", "UnreadableError": "line <> of the input "}
OPEN = {f"{begin}{PLACEHOLDER}" for begin in CONTINUE.values()}
# How texts begin that are errors or warnings, wherever they stand.
BEGINNINGS = ("Setting '", "Setting <", "Environment variable '", "To do: ")

# Modules that make the reasons of single leads, which follow "Lead 7 was rejected: ".
REASONS = {
    f"target-miimosa-leads/target_miimosa_leads/{name}.py"
    for name in (
        *("delivery/client", "delivery/outcomes", "journal/store", "leads/contract"),
        *("leads/policy", "singer/sink", "singer/target"),
    )
}
_REASON = re.compile(r"(?:HTTP|<>,|[a-z]+) (?=.* )[^\n:;]*(?:: <>)?")

Names: TypeAlias = "dict[str, list[str]]"

_PERCENT = re.compile(r"%(?:[-+ 0#]*\d*(?:\.\d+)?)([sdrfg%])")


class Message(NamedTuple):
    """A template and where it stands."""

    template: str
    place: str


@cache
def collect() -> list[Message]:
    """Return the messages of all packages, in the order of the files."""
    found = []
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "_kit" not in path.relative_to(ROOT).parts:
                found += _read(path)
    return found


def _read(path: Path) -> list[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = _named_texts(tree)
    place = path.relative_to(ROOT)
    inside = {part for node in ast.walk(tree) for part in _parts(node)}
    has_reasons = place.as_posix() in REASONS
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [(text, node.lineno) for text in _said(node, names)]
        elif isinstance(node, (ast.Constant, ast.JoinedStr)) and node not in inside:
            for text in (_PERCENT.sub(_unformat, each) for each in _texts(node, names)):
                if text.startswith(BEGINNINGS) or (has_reasons and _REASON.fullmatch(text)):
                    found.append((text, node.lineno))
    return [
        Message(text, f"{place}:{line}")
        for text, line in dict(found).items()
        if text not in OPEN and re.search(r"[A-Za-z]{2}", text.replace(PLACEHOLDER, ""))
    ]


def _parts(node: ast.AST) -> list[ast.expr]:
    """Return the texts in a node that are no messages by themselves."""
    match node:
        case ast.JoinedStr(values=parts):
            return parts
        case ast.Call(func=ast.Name(id=name), args=args) if name in CONTINUE:
            return args
    return []


def _named_texts(tree: ast.Module) -> Names:
    """Return the texts that names and attributes of a module are set to."""
    found: Names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                name = getattr(target, "id", None) or getattr(target, "attr", None)
                if name and (texts := _texts(node.value, {})):
                    found.setdefault(name, []).extend(texts)
    return found


def _said(call: ast.Call, names: Names) -> list[str]:
    """Return what a call of an error or of a logger says."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in LEVELS and isinstance(call.func, ast.Attribute) and call.args:
        return [_PERCENT.sub(_unformat, each) for each in _texts(call.args[0], names)]
    if name.endswith("Error") and not hasattr(builtins, name):
        begin = CONTINUE.get(name, "")
        return [begin + each for arg in call.args for each in _texts(arg, names)]
    return []


def _unformat(found: re.Match[str]) -> str:
    return "%" if found[1] == "%" else PLACEHOLDER


def _texts(node: ast.expr, names: Names) -> list[str]:
    """Return the texts that an expression can be; none if it has nothing literal."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(_part(each, names) for each in parts)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, names), *_texts(orelse, names)]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return names.get(name, [])
    return []


def _part(node: ast.expr, names: Names) -> str:
    match node:
        case ast.Constant(value=text):
            return str(text)
        case ast.FormattedValue(value=ast.Name(id=name)) if name.isupper():
            return names.get(name, [PLACEHOLDER])[0]
    return PLACEHOLDER
