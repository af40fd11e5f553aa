from itertools import product

from tilings import tilings


def test_against_all_rows():
    for length in range(10):
        rows = sum(
            sum(row) == length for size in range(length + 1) for row in product((1, 3), repeat=size)
        )
        assert tilings(length) == rows
