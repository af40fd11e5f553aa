from collections import deque

from circle import elimination_order


def test_against_rotation():
    for size in range(10):
        for step in range(1, 13):
            ring, expected = deque(range(size)), []
            while ring:
                ring.rotate(1 - step)
                expected.append(ring.popleft())
            assert elimination_order(range(size), step) == expected
