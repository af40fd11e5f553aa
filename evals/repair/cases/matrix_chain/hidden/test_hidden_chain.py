import random

from chain import fewest_multiplications


def cheapest(sizes):
    if len(sizes) < 3:
        return 0
    return min(
        cheapest(sizes[: i + 1]) + cheapest(sizes[i:]) + sizes[0] * sizes[i] * sizes[-1]
        for i in range(1, len(sizes) - 1)
    )


def test_against_all_ways():
    chance = random.Random(7)
    for _ in range(60):
        sizes = [chance.randint(1, 9) for _ in range(chance.randint(2, 6))]
        assert fewest_multiplications(sizes) == cheapest(sizes)
