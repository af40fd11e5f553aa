"""What an edit at one place may use: names, attributes, literals, and what kinds they were seen as.

Kinds come from traced runs; where nothing was seen, anything goes.
"""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING, TypeVar

from journeyman.models.repair.engine.source import FUNCTIONS, Edit, Source, precedence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from journeyman.models.repair.engine.trace import Place

NUMBERS = frozenset({"int", "float", "bool", "complex", "Fraction", "Decimal"})
SEQUENCES = frozenset({"list", "tuple", "str", "deque", "range", "bytes"})
CONTAINERS = SEQUENCES | {"dict", "set", "frozenset", "defaultdict", "Counter", "OrderedDict"}
_CALL_KINDS = {
    "len": "int", "int": "int", "abs": "int", "sum": "int", "ord": "int", "round": "int",
    "str": "str", "chr": "str", "repr": "str", "list": "list", "sorted": "list", "set": "set",
    "dict": "dict", "tuple": "tuple", "bool": "bool", "float": "float", "range": "range",
    "isinstance": "bool", "any": "bool", "all": "bool",
}  # fmt: skip

T = TypeVar("T")
Kinds = frozenset[str]
UNKNOWN: Kinds = frozenset()


class Scope:
    """The scope of one function's body, or of the module's when `function` is None."""

    def __init__(
        self,
        source: Source,
        function: ast.FunctionDef | ast.AsyncFunctionDef | None,
        types: dict[Place, dict[str, set[str]]],
        others: Iterable[Source] = (),
    ) -> None:
        """`others` are the files whose methods may be called."""
        self.source = source
        self.function = function
        self._seen = _merge(source, function, types)
        body: ast.AST = function or source.tree
        self.locals = _stored_names(body, inner=function is not None)
        self.parameters = _parameters(function)
        outer = source.function(function) if function else None
        while outer is not None:
            self.locals += [
                name
                for name in _parameters(outer) + _stored_names(outer, inner=True)
                if name not in self.locals
            ]
            outer = source.function(outer)
        self.functions = _functions(source)
        self.methods = _methods([source, *others])
        self.globals = [name for name in _module_names(source.tree) if name not in self.functions]
        nodes = list(ast.walk(source.tree))
        self.attributes = _unique(n.attr for n in nodes if isinstance(n, ast.Attribute))
        self.strings = _strings(source, nodes)
        self.integers = [*_integers(ast.walk(body)), *_integers(nodes)[:6]]
        self.integers = _unique(self.integers)

    @functools.cached_property
    def expressions(self) -> list[tuple[str, Kinds]]:
        """Short expressions of the function that are more than a name, with their kinds."""
        found: dict[str, Kinds] = {}
        wanted = (ast.Subscript, ast.Attribute, ast.Call, ast.BinOp)
        for node in ast.walk(self.function or ast.Module([], [])):
            if isinstance(node, wanted) and self.source.role(node) != "func":
                text = self.source.segment(node)
                if len(text) <= 30 and "\n" not in text:
                    found[text] = self.kinds(node)
        return list(found.items())[:30]

    @functools.cached_property
    def noted_integers(self) -> list[int]:
        """Integers that comments and texts of the function's own mention."""
        return _unique(
            int(word) for word in re.findall(r"(?<![\w.])\d{1,6}(?![\w.]\w)", self._notes)
        )[:20]

    @functools.cached_property
    def noted_strings(self) -> list[str]:
        """Short quoted strings that comments and texts of the function's own mention."""
        return _unique(re.findall(r"['\"`]([^'\"`\n]{1,12})['\"`]", self._notes))[:20]

    @functools.cached_property
    def _notes(self) -> str:
        body = self.function or self.source.tree
        notes = ast.get_docstring(body) or ""
        lines = self.source.segment(body).splitlines() if self.function else []
        return "\n".join([notes, *(line.partition("#")[2] for line in lines)])

    @property
    def variables(self) -> list[str]:
        """Parameters and local names, nearest first."""
        return _unique([*self.parameters, *self.locals])

    def put(self, old: ast.AST, text: str, operator: str, cost: float) -> Iterator[Edit]:
        """The edit that writes an expression in the place of a node; nothing if it is none."""
        try:
            new = ast.parse(text.strip(), mode="eval").body
        except SyntaxError:
            return
        yield self.source.replace_text(old, text, precedence(new), (operator, cost))

    def edit(self, span: tuple[int, int], new: str, operator: str, cost: float) -> Edit:
        """An edit of a span (start, end) of the file."""
        return Edit(self.source.path, *span, new, operator, cost)

    def text(self, node: ast.AST, binding: int = 0) -> str:
        """A node as written, in parentheses if it binds less tightly than `binding`."""
        text = self.source.segment(node)
        return f"({text})" if precedence(node) < binding and text[:1] != "(" else text

    def kinds_of_name(self, name: str) -> Kinds:
        """Kinds a name (or a dotted path, or name[] for its elements) was seen with."""
        if name in self.functions:
            return frozenset({"callable"})
        return frozenset(self._seen.get(name, ()))

    @property
    def seen(self) -> dict[str, set[str]]:
        """All names with the kinds they were seen with."""
        return self._seen

    def kinds(self, node: ast.AST) -> Kinds:
        """Kinds an expression probably has."""
        if isinstance(node, ast.Constant):
            return frozenset({"None" if node.value is None else type(node.value).__name__})
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.kinds_of_name(self.source.segment(node) or ast.unparse(node))
        if isinstance(node, ast.Subscript):
            return self._kinds_of_subscript(node)
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if self.function and name == self.function.name:
                return frozenset(self._seen.get("<return>", ()))
            return frozenset({_CALL_KINDS[name]}) if name in _CALL_KINDS else UNKNOWN
        return self._kinds_of_operator(node)

    def _kinds_of_subscript(self, node: ast.Subscript) -> Kinds:
        kinds = self.kinds(node.value)
        if isinstance(node.slice, ast.Slice) or kinds == frozenset({"str"}):
            return kinds
        return self.kinds_of_name(self.source.segment(node.value) + "[]")

    def _kinds_of_operator(self, node: ast.AST) -> Kinds:
        if isinstance(node, ast.Compare) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        ):
            return frozenset({"bool"})
        if isinstance(node, ast.UnaryOp):
            return self.kinds(node.operand)
        if isinstance(node, ast.BinOp):
            return self.kinds(node.left) | self.kinds(node.right)
        literal: dict[type[ast.AST], str] = {
            ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict",
            ast.Set: "set", ast.SetComp: "set", ast.Tuple: "tuple", ast.JoinedStr: "str",
            ast.Lambda: "callable",
        }  # fmt: skip
        found = literal.get(type(node))
        return frozenset({found}) if found else UNKNOWN

    def alike(self, first: Kinds, second: Kinds) -> bool:
        """Whether values of one kind may stand for the other; unknown kinds may."""
        if not first or not second or first & second:
            return True
        return bool(first & NUMBERS and second & NUMBERS)


def _unique(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))


def _merge(
    source: Source,
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
    types: dict[Place, dict[str, set[str]]],
) -> dict[str, set[str]]:
    seen: dict[str, set[str]] = {}
    first, last = 0, len(source.lines) + 1
    if function is not None:
        first = min([function.lineno, *(item.lineno for item in function.decorator_list)])
        last = function.end_lineno or first
    for (path, name, line), kinds in types.items():
        if path != source.path or not first <= line <= last:
            continue
        own = function is not None and name == function.name
        for label, found in kinds.items():
            if label == "<return>" and not own:
                continue
            seen.setdefault(label, set()).update(found)
    return seen


def _stored_names(body: ast.AST, *, inner: bool) -> list[str]:
    names: list[str] = []
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif inner and isinstance(node, ast.arg):
            names.append(node.arg)
    return _unique(names)


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> list[str]:
    if function is None:
        return []
    spec = function.args
    named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    extra = [item for item in (spec.vararg, spec.kwarg) if item is not None]
    return [item.arg for item in [*named, *extra]]


def _functions(source: Source) -> dict[str, tuple[int, int]]:
    """Callable names defined in the file with the least and most positional arguments."""
    found: dict[str, tuple[int, int]] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and not isinstance(source.parent(node), ast.ClassDef):
            most = len(node.args.posonlyargs) + len(node.args.args)
            found[node.name] = (most - len(node.args.defaults), most)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = (0, 9)
    return found


def _integers(nodes: Iterable[ast.AST]) -> list[int]:
    return _unique(n.value for n in nodes if isinstance(n, ast.Constant) and type(n.value) is int)


def _methods(sources: list[Source]) -> dict[str, tuple[int, int]]:
    """Methods defined in files with the least and most arguments beside the first."""
    found: dict[str, tuple[int, int]] = {}
    for source in sources:
        for node in source.methods:
            most = max(0, len(node.args.posonlyargs) + len(node.args.args) - 1)
            found.setdefault(node.name, (max(0, most - len(node.args.defaults)), most))
    return found


def _module_names(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names += [(item.asname or item.name).split(".")[0] for item in statement.names]
        elif not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            names += _stored_names(statement, inner=False)
    return _unique(name for name in names if name != "annotations")


def _strings(source: Source, nodes: list[ast.AST]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
            above = source.parent(node)
            if not isinstance(above, (ast.Expr, ast.JoinedStr)):
                found.append(source.segment(node))
    return _unique(text for text in found if text[:1] in "'\"")
