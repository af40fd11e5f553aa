import operator

from calc.parser import Parser

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
}


def evaluate(tree):
    if isinstance(tree, int):
        return tree
    symbol, left, right = tree
    return OPERATORS[symbol](evaluate(left), evaluate(right))


def calculate(text):
    return evaluate(Parser(text).parse())
