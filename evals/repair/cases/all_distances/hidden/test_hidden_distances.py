import random

from distances import all_distances


def test_against_repeated_relaxing():
    chance = random.Random(4)
    for _ in range(60):
        size = chance.randint(1, 5)
        weights = [
            [0 if a == b else chance.choice([1, 2, 5, 9, float("inf")]) for b in range(size)]
            for a in range(size)
        ]
        expected = [list(row) for row in weights]
        for _ in range(size):
            expected = [
                [min(expected[a][m] + weights[m][b] for m in range(size)) for b in range(size)]
                for a in range(size)
            ]
        assert all_distances(weights) == expected
