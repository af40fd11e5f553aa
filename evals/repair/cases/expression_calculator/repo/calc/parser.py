from calc.tokens import tokens


class Parser:
    """Turns text into nested tuples (operator, left, right)."""

    def __init__(self, text):
        self._tokens = tokens(text)
        self._position = 0

    def _peek(self):
        if self._position < len(self._tokens):
            return self._tokens[self._position]
        return None

    def _next(self):
        token = self._peek()
        self._position += 1
        return token

    def parse(self):
        tree = self.sum()
        if self._peek() is not None:
            raise ValueError(f"unexpected {self._peek()}")
        return tree

    def sum(self):
        left = self.product()
        while self._peek() in ("+", "-"):
            operator = self._next()
            right = self.sum()
            left = (operator, left, right)
        return left

    def product(self):
        left = self.atom()
        while self._peek() in ("*", "/"):
            operator = self._next()
            left = (operator, left, self.atom())
        return left

    def atom(self):
        token = self._next()
        if token == "-":
            return ("-", 0, self.atom())
        if token == "(":
            tree = self.sum()
            if self._next() != ")":
                raise ValueError("missing )")
            return tree
        if isinstance(token, int):
            return token
        raise ValueError(f"unexpected {token}")
