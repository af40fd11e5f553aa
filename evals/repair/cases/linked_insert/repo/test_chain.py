from itertools import islice

from chain import SortedChain


def first(chain, count=20):
    return list(islice(chain, count))


def test_one():
    assert first(SortedChain([3])) == [3]


def test_order():
    assert first(SortedChain([3, 1, 2])) == [1, 2, 3]


def test_equal_values():
    assert first(SortedChain([2, 2, 1])) == [1, 2, 2]
