"""The remaining edits: exceptions, default values, declarations, keywords and comprehensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.source import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit

_EXCEPTIONS = (
    "ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "AttributeError",
    "StopIteration", "RuntimeError", "LookupError", "OverflowError", "OSError", "Exception",
    "FileNotFoundError", "NotImplementedError", "ArithmeticError",
)  # fmt: skip


def exceptions(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another exception type where one is raised or caught."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    own = [item for item in scope.functions if item.endswith(("Error", "Exception"))]
    if node.id not in _EXCEPTIONS and node.id not in own:
        return
    for name in dict.fromkeys([*own, *_EXCEPTIONS]):
        if name != node.id:
            yield from scope.put(node, name, "exception", 1.8 if name in own else 2.2)


def defaults(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A default value that is made anew for each call instead of shared by all."""
    if not isinstance(node, FUNCTIONS):
        return
    arguments = [*node.args.posonlyargs, *node.args.args][-len(node.args.defaults) or 99 :]
    pairs = list(zip(arguments, node.args.defaults, strict=False))
    for argument, default in pairs:
        if not isinstance(default, (ast.List, ast.Dict, ast.Set, ast.Call)):
            continue
        source = scope.source
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and node.body[1:]:
            first = node.body[1]
        start, end = source.span(default)
        stop = source.line_start(first.lineno)
        if source.text[stop : source.span(first)[0]].strip():
            continue
        indent, text = source.indent(first), source.segment(default)
        guard = f"{indent}if {argument.arg} is None:\n{indent}    {argument.arg} = {text}\n"
        new = "None" + source.text[end:stop] + guard
        yield scope.edit((start, stop), new, "shared default", 1.6)


def shared_values(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A value copied where it is kept; rows made anew instead of repeated; a class's own copy."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        rows = node.left.elts if isinstance(node.left, ast.List) else []
        if len(rows) == 1:
            inner = scope.text(rows[0])
            new = f"[{inner} for _ in range({scope.text(node.right)})]"
            yield from scope.put(node, new, "shared rows", 1.8)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        above = scope.source.parent(node)
        kept = isinstance(above, (ast.Assign, ast.Return, ast.Yield, ast.List, ast.Tuple))
        if kept or (isinstance(above, ast.Call) and scope.source.role(node) == "args"):
            kinds = scope.kinds(node)
            for kind in ("list", "dict", "set"):
                if kind in kinds:
                    yield from scope.put(node, f"{kind}({node.id})", "missing copy", 2.1)


def declarations(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A missing `global` or `nonlocal`."""
    if not isinstance(node, FUNCTIONS) or node is not scope.function:
        return
    stored = {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    start = scope.source.line_start(node.body[0].lineno)
    indent = scope.source.indent(node.body[0])
    for name in stored & set(scope.globals):
        yield scope.edit((start, start), f"{indent}global {name}\n", "declaration", 1.9)
    outer = scope.source.function(node)
    if outer is not None:
        for name in sorted(stored & set(scope.locals)):
            yield scope.edit((start, start), f"{indent}nonlocal {name}\n", "declaration", 2.0)


def lambdas_and_formats(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A sign turned in a sort key; a format changed; branches of `a if c else b` swapped."""
    if isinstance(node, ast.IfExp):
        swapped = ast.IfExp(test=node.test, body=node.orelse, orelse=node.body)
        yield scope.source.replace(node, swapped, "swapped branches", 1.6)
        yield scope.source.replace(node, node.body, "dropped branch", 2.8)
        yield scope.source.replace(node, node.orelse, "dropped branch", 2.8)
    if isinstance(node, ast.Lambda):
        used = {part.id for part in ast.walk(node.body) if isinstance(part, ast.Name)}
        own = [argument.arg for argument in node.args.args]
        given = [ast.unparse(node.args)] if own else []
        for name in sorted(used & set(scope.locals) - set(own)):
            head = ", ".join([*given, f"{name}={name}"])
            new = f"lambda {head}: {scope.text(node.body)}"
            yield from scope.put(node, new, "late binding", 1.7)
        text = scope.text(node.body, 12)
        for new in (f"-{text}", f"{text}[0]", f"{text}[1]", f"{text}.lower()", f"len({text})"):
            yield from scope.put(node.body, new, "sort key", 2.6)
    if isinstance(node, ast.FormattedValue) and node.conversion == -1:
        return
    if isinstance(node, ast.keyword) and node.arg == "reverse":
        yield from scope.put(node.value, f"not {scope.text(node.value, 4)}", "order", 1.5)


def comprehensions(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A list for a set, a sorted list; loop targets swapped is the operators' of elements."""
    if not isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return
    text = scope.source.segment(node)
    if isinstance(node, ast.ListComp):
        yield from scope.put(node, "{" + text[1:-1] + "}", "kind of comprehension", 2.5)
        yield from scope.put(node, f"sorted({text})", "missing call", 2.4)
    elif isinstance(node, ast.GeneratorExp) and text.startswith("("):
        for name in ("list", "sorted", "set", "tuple"):
            extra = 0.0 if name == "list" else 0.6
            yield from scope.put(node, f"{name}{text}", "missing call", 1.9 + extra)
    elif isinstance(node, ast.SetComp):
        yield from scope.put(node, "[" + text[1:-1] + "]", "kind of comprehension", 2.2)
