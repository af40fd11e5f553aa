from collections import deque

from rotate import rotated


def test_against_deque():
    for size in range(7):
        for steps in range(-9, 15):
            expected = deque(range(size))
            expected.rotate(-steps)
            assert rotated(list(range(size)), steps) == list(expected)
