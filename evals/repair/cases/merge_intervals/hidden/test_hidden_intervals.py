import random

from intervals import merge, total_length


def points(intervals):
    return {n for start, end in intervals for n in range(2 * start, 2 * end + 1)}


def test_same_points_and_disjoint():
    rng = random.Random(3)
    for _ in range(300):
        given = []
        for _ in range(rng.randrange(8)):
            start = rng.randrange(20)
            given.append((start, start + rng.randrange(8)))
        merged = merge(given)
        assert points(merged) == points(given)
        assert all(a[1] < b[0] for a, b in zip(merged, merged[1:]))
        assert total_length(given) == sum(b - a for a, b in merged)
