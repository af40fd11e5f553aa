"""Edits keep the text around them and mean what the new tree means."""

from __future__ import annotations

import ast

import pytest

from journeyman.models.repair.engine.operators import Operator
from journeyman.models.repair.engine.ops_numbers import rare_constants
from journeyman.models.repair.engine.ops_operators import arithmetic_operators, boolean_operators
from journeyman.models.repair.engine.scope import Scope
from journeyman.models.repair.engine.source import Source, apply_edits


def edited(text: str, kind: type[ast.AST], operator: Operator) -> set[str]:
    source = Source("a.py", text)
    node = next(node for node in ast.walk(source.tree) if isinstance(node, kind))
    return {apply_edits(text, (edit,)) for edit in operator(node, Scope(source, None, {}))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a*b  # note\n", "x = a + b  # note\n"),
        ("x = (a * b) / 2\n", "x = a * b * 2\n"),
        ("é = 'ü' + f( 'ö',1)\n", "é = 'ü' - f( 'ö',1)\n"),
    ],
)
def test_arithmetic_edit_keeps_the_rest_of_the_line(text: str, expected: str) -> None:
    assert expected in edited(text, ast.BinOp, arithmetic_operators)


def test_boolean_edit_puts_parentheses_where_the_new_operator_needs_them() -> None:
    found = edited("x = a and b and not c\n", ast.BoolOp, boolean_operators)
    assert {"x = a or b or not c\n", "x = (a or b) and not c\n", "x = a and b\n"} <= found


def test_constant_edit_tries_what_the_docstring_mentions_and_other_orders_of_magnitude() -> None:
    text = 'def f(x):\n    """Letters up to 26."""\n    return x % 50\n'
    source = Source("a.py", text)
    function = next(node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    node = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and n.value == 50)
    edits = list(rare_constants(node, Scope(source, function, {})))
    cheapest = {edit.new: edit.cost for edit in sorted(edits, key=lambda edit: -edit.cost)}
    assert {"26", "1000", "1024", "5"} <= cheapest.keys()
    assert cheapest["26"] < cheapest["1000"]
