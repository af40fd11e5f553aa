"""Edits of whole statements: deleted, swapped, moved, inserted, turned into other kinds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import CONTAINERS, NUMBERS
from journeyman.models.repair.engine.source import FUNCTIONS
from journeyman.models.repair.engine.terms import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit

_JUMPS = (ast.Break, ast.Continue, ast.Pass)


def kinds_of_statement(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """break, continue, return and pass for one another; return, yield and plain for one another."""
    if isinstance(node, _JUMPS):
        own = scope.source.segment(node)
        for text, cost in (("break", 1.5), ("continue", 1.5), ("pass", 2.2), ("return", 2.6)):
            if text != own:
                yield scope.edit(scope.source.span(node), text, "jump", cost)
    elif isinstance(node, ast.Return):
        yield from _from_return(node, scope)
    elif isinstance(node, ast.Expr):
        yield from _from_expression(node, scope)
    elif isinstance(node, (ast.If, ast.While)):
        word, other = ("if", "while") if isinstance(node, ast.If) else ("while", "if")
        start, end = scope.source.span(node)[0], scope.source.span(node.test)[0]
        head = scope.source.text[start:end]
        if not (isinstance(node, ast.If) and node.orelse) and head.startswith(word):
            yield scope.edit((start, start + len(word)), other, "loop for condition", 2.2)
        elif head.startswith("elif"):
            yield scope.edit((start, start + 4), "if", "elif", 2.0)
        if isinstance(node, ast.If) and head.startswith("if") and _follows_if(node, scope):
            yield scope.edit((start, start), "el", "elif", 1.9)


def _follows_if(node: ast.If, scope: Scope) -> bool:
    block = scope.source.siblings(node)
    index = block.index(node)
    return index > 0 and isinstance(block[index - 1], ast.If) and scope.source.role(node) != ""


def _from_return(node: ast.Return, scope: Scope) -> Iterator[Edit]:
    span = scope.source.span(node)
    if node.value is None:
        texts = [f"return {name}" for name in [*values(scope), "None", "True", "False", "0", "[]"]]
        for text in texts:
            yield scope.edit(span, text, "returned value", 2.2)
        return
    text = scope.text(node.value)
    for new, cost in ((f"yield {text}", 1.9), (f"yield from {text}", 2.2), (text, 2.6)):
        yield scope.edit(span, new, "kind of statement", cost)
    if not isinstance(node.value, ast.Name):
        for name in values(scope):
            yield scope.edit(span, f"return {name}", "returned value", 2.3)
    for name in values(scope):
        yield scope.edit(span, f"return {text}, {name}", "returned value", 3.4)
    for new, cost in (("True", 2.4), ("False", 2.4), ("None", 2.5), ("0", 2.6), ("1", 2.6),
                      ("-1", 2.7), ("[]", 2.6), ("''", 2.9), (f"[{text}]", 2.4),
                      (f"not {scope.text(node.value, 4)}", 2.2)):  # fmt: skip
        yield scope.edit(span, f"return {new}", "returned value", cost)


def _from_expression(node: ast.Expr, scope: Scope) -> Iterator[Edit]:
    span = scope.source.span(node)
    if isinstance(node.value, ast.Constant):
        return
    if isinstance(node.value, ast.Yield) and node.value.value is not None:
        text = scope.text(node.value.value)
        for new, cost in ((f"yield from {text}", 1.5), (f"return {text}", 1.9)):
            yield scope.edit(span, new, "kind of statement", cost)
        for name in values(scope):
            yield scope.edit(span, f"yield {name}", "yielded value", 2.0)
        return
    if isinstance(node.value, ast.YieldFrom):
        text = scope.text(node.value.value)
        for new, cost in ((f"yield {text}", 1.5), (f"return {text}", 2.0)):
            yield scope.edit(span, new, "kind of statement", cost)
        return
    text = scope.text(node.value)
    if isinstance(node.value, ast.BinOp) and isinstance(node.value.left, ast.Name):
        target, right = node.value.left.id, scope.text(node.value.right)
        for symbol in ("//=", "+=", "-=", "*=", "/=", "%=", ">>=", "<<=", "|=", "&=", "^="):
            cost = 1.8 if symbol == "/=" else 1.6
            yield scope.edit(span, f"{target} {symbol} {right}", "missing assignment", cost)
    yield scope.edit(span, f"return {text}", "missing return", 1.5)
    yield scope.edit(span, f"yield from {text}", "kind of statement", 2.2)
    yield scope.edit(span, f"yield {text}", "kind of statement", 2.4)
    for name in [*values(scope), *_written_attributes(scope)]:
        yield scope.edit(span, f"{name} = {text}", "missing assignment", 2.4)


def _written_attributes(scope: Scope) -> list[str]:
    return [path for path in scope.seen if path.startswith("self.") and "[" not in path]


def deletions(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A statement taken away, a block run always, a loop or branch run never."""
    if not isinstance(node, ast.stmt) or isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return
    if not isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
        cost = 3.2 if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)) else 3.5
        if (node.end_lineno or 0) - node.lineno < 3:
            alone = len(scope.source.siblings(node)) == 1
            text = "pass" if alone or isinstance(node, ast.If) else ""
            yield from _whole_lines(node, text, scope, ("deleted statement", cost))
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        body = scope.source.segment(node.body[0])
        if "\n" not in body:
            yield scope.edit(scope.source.span(node), body, "dropped condition", 3.2)
    if isinstance(node, ast.If) and node.orelse and len(node.orelse) == 1 and len(node.body) == 1:
        first, second = node.body[0], node.orelse[0]
        if not isinstance(second, ast.If):
            yield _exchanged(first, second, scope, 1.9)


def _exchanged(first: ast.stmt, second: ast.stmt, scope: Scope, cost: float) -> Edit:
    """Two statements in each other's place, what stands between them kept."""
    text = scope.source.text
    start, end = scope.source.span(first), scope.source.span(second)
    new = text[end[0] : end[1]] + text[start[1] : end[0]] + text[start[0] : start[1]]
    return scope.edit((start[0], end[1]), new, "order of statements", cost)


def _whole_lines(
    node: ast.stmt, text: str, scope: Scope, label: tuple[str, float]
) -> Iterator[Edit]:
    source = scope.source
    start, end = source.line_start(node.lineno), source.line_start((node.end_lineno or 0) + 1)
    if source.text[start : source.span(node)[0]].strip():
        return
    new = f"{source.indent(node)}{text}\n" if text else ""
    yield scope.edit((start, end), new, *label)


def order(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Two neighbours swapped; a statement moved into, or out of, the block beside it."""
    if not isinstance(node, ast.stmt) or isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return
    source = scope.source
    block = source.siblings(node)
    index = block.index(node) if node in block else -1
    if index < 0:
        return
    for later in block[index + 1 : index + 3]:
        plain = not isinstance(later, (*FUNCTIONS, ast.ClassDef))
        if plain and source.indent(later) and source.indent(later) == source.indent(node):
            cost = 1.8 if later is block[index + 1] else 2.6
            yield _exchanged(node, later, scope, cost)
    if index > 0:
        yield from _moved_into(node, block[index - 1], scope)
    if index == len(block) - 1:
        yield from _moved_out(node, scope)
    if index == 0:
        yield from _moved_before(node, scope)


def _lines(node: ast.stmt, scope: Scope) -> tuple[int, int]:
    source = scope.source
    return source.line_start(node.lineno), source.line_start((node.end_lineno or 0) + 1)


def _shifted(text: str, old: str, new: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(new + line[len(old) :] if line.startswith(old) else line for line in lines)


def _moved_into(node: ast.stmt, before: ast.stmt, scope: Scope) -> Iterator[Edit]:
    """Indented, so that it becomes the last statement of the block before it."""
    source = scope.source
    start, end = _lines(node, scope)
    current: ast.stmt = before
    while isinstance(current, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        last = (getattr(current, "orelse", None) or current.body)[-1]
        text = _shifted(source.text[start:end], source.indent(node), source.indent(last))
        if source.indent(last) != source.indent(node):
            yield scope.edit((start, end), text, "indentation", 1.7)
        current = last


def _moved_out(node: ast.stmt, scope: Scope) -> Iterator[Edit]:
    """Out of its block, to stand behind the block's statement."""
    source = scope.source
    above = source.parent(node)
    start, end = _lines(node, scope)
    while isinstance(above, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        if (above.end_lineno or 0) != (node.end_lineno or 0):
            return
        text = _shifted(source.text[start:end], source.indent(node), source.indent(above))
        if len(source.siblings(node)) > 1 or isinstance(above, ast.If):
            yield scope.edit((start, end), text, "indentation", 1.5)
        above = source.parent(above)


def _moved_before(node: ast.stmt, scope: Scope) -> Iterator[Edit]:
    """Out of its block, to stand before the block's statement."""
    source = scope.source
    above = source.parent(node)
    if not isinstance(above, (ast.If, ast.For, ast.While, ast.With)):
        return
    if len(source.siblings(node)) < 2 or source.lines[above.lineno - 1].lstrip().startswith("el"):
        return
    first, (start, end) = source.line_start(above.lineno), _lines(node, scope)
    text = _shifted(source.text[start:end], source.indent(node), source.indent(above))
    yield scope.edit((first, end), text + source.text[first:start], "indentation", 2.3)


def insertions(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A new statement before this one, behind it when it ends its block, or in its place."""
    if not isinstance(node, ast.stmt) or scope.function is None:
        return
    source = scope.source
    if source.function(node) is not scope.function or _is_text(node):
        return
    start, end = _lines(node, scope)
    indent = source.indent(node)
    last = node is source.siblings(node)[-1]
    simple = isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, *_JUMPS))
    first_word = source.lines[node.lineno - 1].lstrip()
    for text, cost in _new_statements(scope, node):
        new = "".join(f"{indent}{line}\n" for line in text.splitlines())
        if not first_word.startswith("el"):
            yield scope.edit((start, start), new, "missing statement", cost)
        if last and not isinstance(node, (ast.Return, ast.Raise, *_JUMPS)):
            before = "" if source.text[:end].endswith("\n") else "\n"
            yield scope.edit((end, end), before + new, "missing statement", cost)
        if simple and "\n" not in text:
            span = source.span(node)
            yield scope.edit(span, text, "wrong statement", cost + 0.3)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _new_statements(scope: Scope, node: ast.stmt) -> Iterator[tuple[str, float]]:
    names = [*values(scope), *_written_attributes(scope)]
    numbers = [name for name in names if scope.kinds_of_name(name) & NUMBERS]
    for name in numbers:
        yield f"{name} += 1", 3.0
        yield f"{name} -= 1", 3.1
        for value in scope.integers:
            if value > 1:
                for symbol in ("//=", "+=", "-=", "*=", "%=", ">>="):
                    yield f"{name} {symbol} {value}", 3.5
    for first in names:
        kinds = scope.kinds_of_name(first)
        for second in names:
            if first == second or not kinds:
                continue
            yield from _between(first, second, scope)
    yield from _method_calls(scope)
    for name in values(scope):
        yield f"return {name}", 3.2
        yield f"yield {name}", 3.4
    for text in ("break", "continue", "return", "return True", "return False", "return None"):
        yield text, 3.3
    yield from _statements_elsewhere(scope, node)


def _statements_elsewhere(scope: Scope, node: ast.stmt) -> Iterator[tuple[str, float]]:
    """Statements that the function holds already, alone or under their condition."""
    for part in ast.walk(scope.function or scope.source.tree):
        if isinstance(part, (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)) and part is not node:
            text = scope.source.segment(part)
            if "\n" not in text and len(text) < 60 and not _is_text(part):
                yield text, 3.2
                above = scope.source.parent(part)
                if isinstance(above, ast.If) and len(above.body) == 1 and not above.orelse:
                    yield f"if {scope.text(above.test)}:\n    {text}", 3.6


def _method_calls(scope: Scope) -> Iterator[tuple[str, float]]:
    """Methods of the repository's own classes called on values that are seen to be theirs."""
    for owner in [*values(scope), *_written_attributes(scope), "self"]:
        kinds = scope.kinds_of_name(owner)
        if (owner not in scope.variables and "." not in owner) or kinds & (CONTAINERS | NUMBERS):
            continue
        for method, (least, most) in scope.methods.items():
            if method.startswith("__") or (kinds and "None" in kinds):
                continue
            if not least:
                yield f"{owner}.{method}()", 3.4
            if least <= 1 <= most:
                for value in scope.variables:
                    if value not in {"self", "cls"}:
                        yield f"{owner}.{method}({value})", 3.5


def _put_into(first: str, second: str, scope: Scope) -> Iterator[tuple[str, float]]:
    kinds = scope.kinds_of_name(first)
    if kinds & {"list", "deque"}:
        yield f"{first}.append({second})", 3.1
        yield f"{first}.remove({second})", 3.5
        if scope.kinds_of_name(second) & CONTAINERS:
            yield f"{first}.extend({second})", 3.3
    if "set" in kinds:
        yield f"{first}.add({second})", 3.0


def _between(first: str, second: str, scope: Scope) -> Iterator[tuple[str, float]]:
    """Statements that bring one value into another."""
    kinds, other = scope.kinds_of_name(first), scope.kinds_of_name(second)
    if "." in first or first in scope.locals or first in scope.parameters:
        if scope.alike(kinds, other) or "None" in kinds | other:
            yield f"{first} = {second}", 3.3
        if kinds & NUMBERS and other & NUMBERS:
            yield f"{first} += {second}", 3.3
            yield f"{first} -= {second}", 3.6
    yield from _put_into(first, second, scope)
    if kinds & {"dict", "defaultdict"}:
        for third in values(scope):
            if third not in {first, second}:
                yield f"{first}[{second}] = {third}", 3.5
