import random

from repeats import expand


def make(rng, depth):
    packed, plain = "", ""
    for _ in range(rng.randrange(1, 4)):
        if depth and rng.random() < 0.5:
            count = rng.choice([1, 2, 3, 11])
            inner, meaning = make(rng, depth - 1)
            packed += f"{count}[{inner}]"
            plain += meaning * count
        else:
            letter = rng.choice("abc")
            packed += letter
            plain += letter
    return packed, plain


def test_generated():
    rng = random.Random(21)
    for _ in range(200):
        packed, plain = make(rng, 2)
        assert expand(packed) == plain
