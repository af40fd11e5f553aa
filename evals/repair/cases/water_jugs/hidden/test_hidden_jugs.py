from math import gcd

from jugs import fewest_moves, moves


def test_states_are_possible():
    sizes = (2, 3, 7)
    for a in range(3):
        for b in range(4):
            for c in range(8):
                for after in moves((a, b, c), sizes):
                    assert all(0 <= x <= y for x, y in zip(after, sizes))
                    changed = sum(x != y for x, y in zip(after, (a, b, c)))
                    assert changed < 2 or sum(after) == a + b + c


def test_possible_exactly_for_multiples():
    for a in range(1, 8):
        for b in range(1, 8):
            for wanted in range(1, max(a, b) + 1):
                assert (fewest_moves((a, b), wanted) is not None) == (wanted % gcd(a, b) == 0)


def test_counts():
    assert [fewest_moves((3, 5), n) for n in range(6)] == [0, 4, 2, 1, 6, 1]
