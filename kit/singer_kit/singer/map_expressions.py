"""Can an expression of a stream map be computed? Found out without a record.

What the SDK's evaluator would refuse at the first record is refused before the first request:
syntax, names, functions, and fields that the stream has not.
"""

from __future__ import annotations

import ast
import typing as t
from dataclasses import dataclass

import simpleeval

from .config_check import find_similar

if t.TYPE_CHECKING:
    from singer_sdk.mapper import CustomStreamMap

Schema = t.Mapping[str, t.Any]

_OPERATIONS = (ast.BinOp, ast.UnaryOp)
# Names that every expression may use besides fields; ``fake`` where the library is installed.
_NAMES = frozenset({"_", "record", "config", "__stream_name__", "__original_stream_name__"})


class ExpressionError(Exception):
    """An expression that cannot be computed; the message is the end of a sentence about it."""


@dataclass(frozen=True)
class Scope:
    """What an expression may use.

    Attributes:
        schema: JSON schema of the stream's records; None if it is not known yet.
        tools: A map with the functions and values of all maps.
        field: The field that the expression makes; its former value is ``self``.
    """

    schema: Schema | None
    tools: CustomStreamMap
    field: str = ""


def parse(text: str) -> ast.expr:
    """Return an expression's syntax tree.

    Raises:
        ExpressionError: If the text is not one expression.
    """
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        statements = []
    if len(statements) != 1 or not isinstance(statements[0], ast.Expr):
        raise ExpressionError("is not an expression.")
    return statements[0].value


def check(text: str, scope: Scope) -> list[str]:
    """Check an expression, and return what is odd about it without being wrong.

    Raises:
        ExpressionError: If it can be computed for no record.
    """
    tree = parse(text)
    checker = _Checker(scope, set(_find_guarded(tree)))
    checker.visit(tree)
    return checker.oddities


def _find_guarded(tree: ast.expr) -> t.Iterator[object]:
    """Yield what an expression looks for before it uses it: ``'x' in record``."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=ast.Constant(value=name), ops=[ast.In() | ast.NotIn(), *_]):
                yield name


class _Checker(ast.NodeVisitor):
    """Walks through an expression as the evaluator does."""

    def __init__(self, scope: Scope, guarded: set[object]) -> None:
        self._scope = scope
        self._guarded = guarded
        self._evaluator = scope.tools.expr_evaluator
        self._functions = self._evaluator.functions
        self._local: set[str] = set()
        self.oddities: list[str] = []

    def generic_visit(self, node: ast.AST) -> None:
        known = self._evaluator.nodes or {}
        if isinstance(node, ast.expr) and type(node) not in known:
            raise ExpressionError(f"uses {type(node).__name__}, which stream maps do not have.")
        operators = [node.op] if isinstance(node, _OPERATIONS) else getattr(node, "ops", [])
        for each in operators:
            if type(each) not in self._evaluator.operators:
                raise ExpressionError(
                    f"uses the operator {type(each).__name__}, which stream maps do not have."
                )
        super().generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        for each in node.elts:
            self.visit(each.value if isinstance(each, ast.Starred) else each)

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> None:
        outside = set(self._local)
        for generator in node.generators:
            names = (each for each in ast.walk(generator.target) if isinstance(each, ast.Name))
            self._local |= {each.id for each in names}
        self.generic_visit(node)
        self._local = outside

    visit_GeneratorExp = visit_ListComp  # noqa: N815
    visit_DictComp = visit_ListComp  # noqa: N815

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._local or node.id in _NAMES or node.id in self._functions:
            return
        if node.id == "fake":
            if self._scope.tools.fake is None:
                raise ExpressionError("uses 'fake', which needs the extra faker of the SDK.")
            return
        if self._scope.schema is not None and not (node.id == "self" and self._is_own_field()):
            self._find_field(self._scope.schema, node.id)

    def _is_own_field(self) -> bool:
        return self._scope.field in (self._scope.schema or {}).get("properties", {})

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id not in self._functions:
                hint = find_similar(function.id, self._functions)
                raise ExpressionError(f"calls '{function.id}', which is not a function there{hint}")
        elif isinstance(function, ast.Attribute):
            self.visit(function)
            self._look_at_get(function, node.args)
        else:
            raise ExpressionError("calls what is not a function.")
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(each)

    def _look_at_get(self, function: ast.Attribute, arguments: list[ast.expr]) -> None:
        """Note a name that ``get`` will not find: no error, as the API may add fields."""
        schema = self._schema_of(function.value) if function.attr == "get" else None
        if schema is not None and arguments and isinstance(arguments[0], ast.Constant):
            self._find_field(schema, str(arguments[0].value), needed=False)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        hidden = node.attr.startswith(tuple(simpleeval.DISALLOW_PREFIXES))
        if hidden or node.attr in simpleeval.DISALLOW_METHODS:
            raise ExpressionError(f"uses '.{node.attr}', which stream maps do not allow.")
        self.visit(node.value)
        found = self._object_of(node.value)
        if found is not None and not hasattr(found, node.attr):
            raise ExpressionError(f"uses '.{node.attr}', which does not exist there.")
        self._schema_of(node)

    def _object_of(self, node: ast.expr) -> object | None:
        """Return the library that an expression names; None if it is something else."""
        if isinstance(node, ast.Name) and node.id not in self._local:
            return self._scope.tools.fake if node.id == "fake" else self._functions.get(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self._object_of(node.value), node.attr, None)
        return None

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        self.visit(node.slice)
        if isinstance(node.value, ast.Name) and node.value.id == "config":
            name = getattr(node.slice, "value", None)
            if isinstance(name, str) and name not in self._scope.tools.map_config:
                hint = find_similar(name, self._scope.tools.map_config)
                raise ExpressionError(
                    f"uses '{name}', which 'stream_map_config' does not have{hint}"
                )
        self._schema_of(node)

    def _schema_of(self, node: ast.expr) -> Schema | None:
        """Return the JSON schema of what an expression names, None if nothing is known of it.

        Raises:
            ExpressionError: If it is a field that is not there.
        """
        if isinstance(node, ast.Name):
            if self._scope.schema is None or node.id in self._local:
                return None
            if node.id in {"_", "record"}:
                return self._scope.schema
            found = self._scope.schema.get("properties", {}).get(node.id)
            return t.cast("Schema | None", found)
        name = None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name = node.slice.value
        elif isinstance(node, ast.Attribute) and not hasattr(dict, node.attr):
            name = node.attr
        if not isinstance(name, str) or not isinstance(node, (ast.Subscript, ast.Attribute)):
            return None
        above = self._schema_of(node.value)
        return None if above is None else self._find_field(above, name)

    def _find_field(self, schema: Schema, name: str, *, needed: bool = True) -> Schema | None:
        """Return the schema of a field; None if nothing is known of it.

        Raises:
            ExpressionError: If there is no such field, and without it nothing can be computed.
        """
        properties = schema.get("properties")
        if not properties:
            return None
        if name in properties:
            return t.cast("Schema", properties[name])
        hint = find_similar(name, properties)
        problem = f"uses '{name}', which is not a field, or not a selected one{hint}"
        if needed and name not in self._guarded:
            raise ExpressionError(problem)
        self.oddities.append(problem)
        return None
