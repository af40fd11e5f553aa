import random
from itertools import combinations

from lows import best_gain


def test_against_all_pairs():
    chance = random.Random(6)
    for _ in range(200):
        prices = [chance.randint(1, 12) for _ in range(chance.randint(2, 7))]
        assert best_gain(prices) == max(b - a for a, b in combinations(prices, 2))
