import random

from polynomial import Polynomial


def test_values_multiply():
    rng = random.Random(19)
    for _ in range(100):
        a = Polynomial(*(rng.randrange(-4, 5) for _ in range(rng.randrange(6))))
        b = Polynomial(*(rng.randrange(-4, 5) for _ in range(rng.randrange(6))))
        for x in range(-3, 4):
            assert (a * b)(x) == a(x) * b(x)
        assert a * b == b * a
