from intervals import merge, total_length


def test_apart():
    assert merge([(5, 6), (1, 2)]) == [(1, 2), (5, 6)]


def test_overlap():
    assert merge([(1, 4), (3, 6)]) == [(1, 6)]


def test_inside():
    assert merge([(1, 10), (2, 3), (4, 5)]) == [(1, 10)]


def test_length():
    assert total_length([(0, 8), (2, 4), (10, 11)]) == 9
