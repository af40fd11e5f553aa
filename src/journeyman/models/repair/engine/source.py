"""One source file as text and tree: positions, parents, and text of new expressions.

Owns the way from a changed node to a minimal textual edit; what to change is the operators' part.
"""

from __future__ import annotations

import ast
import copy
import functools
from dataclasses import dataclass, field
from typing import Any

from journeyman.models.repair.engine.describe import is_a

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = ("body", "orelse", "finalbody", "handlers")
_OPERATORS = (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Lambda)
_PRECEDENCE: dict[type[ast.AST], int] = {
    ast.Lambda: 1,
    ast.IfExp: 1,
    ast.Or: 2,
    ast.And: 3,
    ast.Not: 4,
    ast.Compare: 5,
    ast.BitOr: 6,
    ast.BitXor: 7,
    ast.BitAnd: 8,
    ast.LShift: 9,
    ast.RShift: 9,
    ast.Add: 10,
    ast.Sub: 10,
    ast.Mult: 11,
    ast.Div: 11,
    ast.FloorDiv: 11,
    ast.Mod: 11,
    ast.MatMult: 11,
    ast.UAdd: 12,
    ast.USub: 12,
    ast.Invert: 12,
    ast.Pow: 13,
}
_ATOM = 15


@dataclass(frozen=True)
class Edit:
    """Replace `text[start:end]` of one file (offsets in characters) by `new`.

    `cost` is the operator's cost alone, about minus the logarithm of how often such a bug is met.
    """

    path: str
    start: int
    end: int
    new: str
    operator: str
    cost: float


def as_list(value: Any) -> list[Any]:
    """The value of a node's field as a list: itself, or the one thing it holds."""
    return value if is_a(value, list) else [value]


def precedence(node: ast.AST) -> int:
    """How tightly an expression binds; atoms bind tightest."""
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.UnaryOp)):
        return _PRECEDENCE[type(node.op)]
    if isinstance(node, ast.Starred | ast.Yield | ast.YieldFrom | ast.NamedExpr):
        return 0
    return _PRECEDENCE.get(type(node), _ATOM)


@dataclass
class Source:
    """A parsed file. `path` is relative to the root of the repository."""

    path: str
    text: str
    tree: ast.Module = field(init=False)
    parents: dict[int, tuple[ast.AST, str]] = field(
        init=False, default_factory=dict[int, tuple[ast.AST, str]]
    )

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.lines = self.text.splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        for node in ast.walk(self.tree):
            for name, value in ast.iter_fields(node):
                for child in as_list(value):
                    if isinstance(child, ast.AST):
                        self.parents[id(child)] = (node, name)

    @functools.cached_property
    def methods(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions that stand in classes."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, FUNCTIONS)]
        return [node for node in found if isinstance(self.parent(node), ast.ClassDef)]

    def offset(self, line: int, column: int) -> int:
        """The character offset of a 1-based line and a column in UTF-8 bytes."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="replace"))
        return self._starts[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of a node in characters."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        start = self.offset(line, column)
        return start, self.offset(
            getattr(node, "end_lineno", line), getattr(node, "end_col_offset", column)
        )

    def segment(self, node: ast.AST) -> str:
        """The node as it is written."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_start(self, line: int) -> int:
        """The offset of a 1-based line; the end of the text after the last one."""
        return self._starts[min(line - 1, len(self._starts) - 1)]

    def line_of(self, offset: int) -> int:
        """The 1-based line an offset is in."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return low + 1

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        found = self.parents.get(id(node))
        return found[0] if found else None

    def role(self, node: ast.AST) -> str:
        """The name of the field of its parent a node is in."""
        found = self.parents.get(id(node))
        return found[1] if found else ""

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around a node, or the node itself."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.parent(current)
        return current

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The innermost function whose body holds a node."""
        current = node
        while True:
            found = self.parents.get(id(current))
            if found is None:
                return None
            above, role = found
            if isinstance(above, FUNCTIONS) and role == "body":
                return above
            current = above

    def top_level(self, node: ast.AST) -> ast.stmt | None:
        """The statement of the module a node is in."""
        current = node
        while True:
            above = self.parent(current)
            if above is None:
                return None
            if above is self.tree:
                return current if isinstance(current, ast.stmt) else None
            current = above

    def siblings(self, statement: ast.stmt) -> list[ast.stmt]:
        """The block a statement stands in."""
        above = self.parent(statement)
        block = as_list(getattr(above, self.role(statement), statement))
        return [item for item in block if isinstance(item, ast.stmt)]

    def indent(self, statement: ast.stmt) -> str:
        """The white space before a statement."""
        line = self.lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def render(self, node: ast.expr) -> str:
        """Write a new expression; the parts that come from this file keep their text."""
        texts: dict[str, str] = {}
        marked = _Marker(self, texts).visit(copy.deepcopy(self._note_origins(node)))
        text = ast.unparse(marked)
        for name in sorted(texts, reverse=True):
            text = text.replace(name, texts[name])
        return text

    def _note_origins(self, node: ast.expr) -> ast.expr:
        for part in ast.walk(node):
            if id(part) in self.parents and hasattr(part, "lineno"):
                vars(part)["origin"] = self.span(part)
        return node

    def replace(self, old: ast.expr, new: ast.expr, operator: str, cost: float) -> Edit:
        """The edit that puts one expression in the place of another."""
        return self.replace_text(old, self.render(new), precedence(new), (operator, cost))

    def replace_text(self, old: ast.AST, text: str, binding: int, label: tuple[str, float]) -> Edit:
        """As `replace`, for text that binds as tightly as `binding` says."""
        start, end = self.span(old)
        if self._needs_parentheses(old, binding) and not self._parenthesised(start, end):
            text = f"({text})"
        return Edit(self.path, start, end, text, label[0], label[1])

    def _needs_parentheses(self, old: ast.AST, binding: int) -> bool:
        above = self.parent(old)
        if binding >= _ATOM or above is None:
            return False
        if isinstance(above, _OPERATORS):
            same_side = isinstance(above, ast.BinOp) and above.left is old
            outer = precedence(above)
            return binding < outer or (binding == outer and not same_side)
        if isinstance(above, ast.comprehension):
            return binding <= 1
        tight = (ast.Attribute, ast.Subscript, ast.Call, ast.Starred, ast.Await)
        return isinstance(above, tight) and self.role(old) in {"value", "func"}

    def _parenthesised(self, start: int, end: int) -> bool:
        before, after = self.text[:start].rstrip(" "), self.text[end:].lstrip(" ")
        if not (before.endswith("(") and after.startswith(")")):
            return False
        callee = before[:-1].rstrip(" ")
        return not (callee and (callee[-1].isalnum() or callee[-1] in "_)]"))


class _Marker(ast.NodeTransformer):
    """Puts a name in the place of every original part that needs no parentheses where it is."""

    def __init__(self, source: Source, texts: dict[str, str]) -> None:
        self._source = source
        self._texts = texts
        self._outer = _ATOM - 1

    def visit(self, node: ast.AST) -> ast.AST:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Mark a part, or go on below it."""
        outer = self._outer
        binding = precedence(node)
        text = self._original(node)
        if text and binding > outer:
            name = f"jm{len(self._texts):04d}mj"
            self._texts[name] = text
            return ast.Name(id=name, ctx=ast.Load())
        self._outer = binding if isinstance(node, _OPERATORS) else _ATOM - 1
        try:
            return self.generic_visit(node)
        finally:
            self._outer = outer

    def _original(self, node: ast.AST) -> str:
        """The text of an original expression that can stand anywhere; else nothing."""
        origin: tuple[int, int] | None = getattr(node, "origin", None)
        loose = (ast.Starred, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Slice)
        if origin is None or not isinstance(node, ast.expr) or isinstance(node, loose):
            return ""
        text = self._source.text[origin[0] : origin[1]]
        bare = isinstance(node, ast.Tuple) and not text.startswith("(")
        return "" if bare else text


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """The text of one file after its edits."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text
