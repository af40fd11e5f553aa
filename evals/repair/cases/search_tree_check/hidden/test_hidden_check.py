import random

from check import ordered


def grow(rng, depth):
    if depth == 0 or rng.random() < 0.3:
        return None
    return (rng.randrange(10), grow(rng, depth - 1), grow(rng, depth - 1))


def values(tree):
    return [] if tree is None else [*values(tree[1]), tree[0], *values(tree[2])]


def build(sorted_values):
    if not sorted_values:
        return None
    middle = len(sorted_values) // 2
    return (sorted_values[middle], build(sorted_values[:middle]), build(sorted_values[middle + 1:]))


def test_against_walk():
    rng = random.Random(3)
    for _ in range(2000):
        tree = grow(rng, 3)
        walked = values(tree)
        assert ordered(tree) == all(a < b for a, b in zip(walked, walked[1:]))


def test_good_ones():
    for size in range(12):
        assert ordered(build(list(range(size))))
