from sums import combinations_with_sum


def test_none():
    assert combinations_with_sum([2, 4], 5) == []


def test_two_ways():
    assert combinations_with_sum([1, 2, 3], 3) == [[1, 2], [3]]


def test_all():
    assert combinations_with_sum([1, 2, 3], 6) == [[1, 2, 3]]
