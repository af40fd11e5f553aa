import itertools

from heap import PriorityQueue


def test_every_order():
    for size in range(7):
        for order in itertools.permutations(range(size)):
            queue = PriorityQueue(order)
            assert [queue.pop() for _ in order] == list(range(size))


def test_mixed_use():
    queue = PriorityQueue([4, 4, 1])
    assert queue.pop() == 1
    queue.push(0)
    assert [queue.pop() for _ in range(3)] == [0, 4, 4]
