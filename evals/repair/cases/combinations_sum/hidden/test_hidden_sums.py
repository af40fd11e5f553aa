import itertools

from sums import combinations_with_sum


def test_against_masks():
    for numbers in ([], [1], [2, 2, 1], [5, -1, 3, 1], [1, 2, 3, 4, 5]):
        for target in range(-2, 16):
            expected = sorted(
                [n for n, keep in zip(numbers, mask) if keep]
                for mask in itertools.product((0, 1), repeat=len(numbers))
                if sum(n for n, keep in zip(numbers, mask) if keep) == target
            )
            assert sorted(combinations_with_sum(numbers, target)) == expected
