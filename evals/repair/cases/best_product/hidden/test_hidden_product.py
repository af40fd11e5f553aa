import itertools
import math

from product import best_product


def test_against_all_runs():
    for size in range(1, 6):
        for numbers in itertools.product((-3, -1, 0, 2), repeat=size):
            expected = max(
                math.prod(numbers[i:j]) for i in range(size) for j in range(i + 1, size + 1)
            )
            assert best_product(list(numbers)) == expected
