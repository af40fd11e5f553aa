from greater import next_greater


def test_rising():
    assert next_greater([1, 2, 3]) == [2, 3, None]


def test_falling():
    assert next_greater([3, 2, 1]) == [None, None, None]


def test_equal():
    assert next_greater([2, 2, 5]) == [5, 5, None]
