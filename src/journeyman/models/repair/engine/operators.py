"""All operators, and the way from a file to the edits of one of its functions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from journeyman.models.repair.engine import (
    ops_calls,
    ops_conditions,
    ops_misc,
    ops_names,
    ops_numbers,
    ops_operators,
    ops_statements,
    ops_subscripts,
    ops_synthesis,
)
from journeyman.models.repair.engine.scope import Scope
from journeyman.models.repair.engine.source import FUNCTIONS, Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

Operator = Callable[[ast.AST, Scope], "Iterator[Edit]"]
FEW: tuple[Operator, ...] = (
    ops_operators.compare_operators,
    ops_operators.arithmetic_operators,
    ops_operators.augmented_operators,
    ops_operators.boolean_operators,
    ops_numbers.constants,
    ops_numbers.off_by_one,
    ops_numbers.literals,
    ops_names.names,
    ops_names.attributes,
    ops_calls.arguments,
    ops_calls.callees,
    ops_calls.methods,
    ops_calls.wrappers,
    ops_subscripts.subscripts,
    ops_subscripts.added_subscripts,
    ops_statements.kinds_of_statement,
    ops_statements.deletions,
    ops_statements.order,
    ops_synthesis.kept_bounds,
    ops_synthesis.donors,
    ops_misc.exceptions,
    ops_misc.defaults,
    ops_misc.shared_values,
    ops_misc.declarations,
    ops_misc.lambdas_and_formats,
    ops_misc.comprehensions,
)
# These make many edits each, most of them unlikely.
MANY: tuple[Operator, ...] = (
    ops_conditions.condition_parts,
    ops_conditions.comprehension_conditions,
    ops_conditions.guards,
    ops_statements.insertions,
    ops_synthesis.added_terms,
    ops_synthesis.new_numbers,
    ops_numbers.rare_constants,
    ops_synthesis.added_elements,
    ops_synthesis.alternatives,
)


def edits_in(scope: Scope, operators: tuple[Operator, ...]) -> Iterator[tuple[ast.AST, Edit]]:
    """Every edit of a scope with the node it was made for; nested functions are their own."""
    body = scope.function or scope.source.tree
    for node in own_nodes(body):
        for operator in operators:
            for edit in operator(node, scope):
                yield node, edit


def own_nodes(body: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module, without the bodies of functions inside it."""
    pending: list[ast.AST] = [body]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, FUNCTIONS) and node is not body:
            pending += [*node.args.defaults, *(item for item in node.args.kw_defaults if item)]
            continue
        pending += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, (ast.arguments, ast.expr_context))
            or (isinstance(child, ast.arguments) and node is not body)
        ]
