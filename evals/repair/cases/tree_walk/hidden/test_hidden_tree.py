import random

from tree import height, insert, walk


def test_against_sorted():
    rng = random.Random(2)
    for _ in range(150):
        values = [rng.randrange(30) for _ in range(rng.randrange(15))]
        root = None
        for value in values:
            root = insert(root, value)
        assert list(walk(root)) == sorted(values)
        assert height(root) <= len(values)
