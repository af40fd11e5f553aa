from queens import queens


def test_one():
    assert queens(1) == [(0,)]


def test_three():
    assert queens(3) == []


def test_four():
    assert queens(4) == [(1, 3, 0, 2), (2, 0, 3, 1)]
