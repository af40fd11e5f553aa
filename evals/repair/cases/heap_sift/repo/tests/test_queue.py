import pytest

from heap import PriorityQueue


def drain(queue):
    return [queue.pop() for _ in range(len(queue))]


def test_two():
    assert drain(PriorityQueue([2, 1])) == [1, 2]


def test_many():
    assert drain(PriorityQueue([5, 3, 8, 1, 4, 7, 2])) == [1, 2, 3, 4, 5, 7, 8]


def test_empty():
    with pytest.raises(IndexError):
        PriorityQueue().pop()
