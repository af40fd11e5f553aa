import random

from calc import calculate


def make(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return str(rng.randrange(20))
    parts = [make(rng, depth - 1)]
    for _ in range(rng.randrange(1, 4)):
        parts += [rng.choice("+-*"), make(rng, depth - 1)]
    text = " ".join(parts)
    return f"({text})" if rng.random() < 0.5 else text


def test_against_python():
    rng = random.Random(77)
    for _ in range(300):
        text = make(rng, 3)
        assert calculate(text) == eval(text), text
