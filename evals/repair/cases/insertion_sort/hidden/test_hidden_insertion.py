import random

from sorting import insertion_sort


def test_against_sorted():
    rng = random.Random(4)
    for _ in range(200):
        items = [rng.randrange(20) for _ in range(rng.randrange(12))]
        before = list(items)
        assert insertion_sort(items) == sorted(items)
        assert items == before


def test_stable():
    pairs = [(n % 3, n) for n in range(12)]
    assert insertion_sort(pairs, key=lambda p: p[0]) == sorted(pairs, key=lambda p: p[0])
