from rotate import rotated


def test_one_step():
    assert rotated([1, 2, 3], 1) == [2, 3, 1]


def test_more_steps():
    assert rotated([1, 2, 3, 4], 7) == [4, 1, 2, 3]


def test_empty():
    assert rotated([], 3) == []
