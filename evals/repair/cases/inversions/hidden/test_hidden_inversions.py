import random

from inversions import sort_and_count


def test_against_all_pairs():
    chance = random.Random(8)
    for _ in range(200):
        items = [chance.randrange(6) for _ in range(chance.randrange(9))]
        pairs = sum(a > b for i, a in enumerate(items) for b in items[i + 1 :])
        assert sort_and_count(items) == (sorted(items), pairs)
