from fill import fill


def test_fill_area():
    assert fill([[1, 1], [0, 1]], 0, 0, 2) == [[2, 2], [0, 2]]


def test_outside():
    assert fill([[1]], 5, 5, 2) == [[1]]


def test_same_colour():
    assert fill([[3, 3], [3, 0]], 0, 1, 3) == [[3, 3], [3, 0]]
