import itertools

from queens import queens


def test_against_permutations():
    for size in range(1, 8):
        expected = [
            p
            for p in itertools.permutations(range(size))
            if len({r - c for r, c in enumerate(p)}) == size
            and len({r + c for r, c in enumerate(p)}) == size
        ]
        assert queens(size) == expected
