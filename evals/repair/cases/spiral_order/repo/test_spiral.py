from spiral import spiral


def test_square():
    assert spiral([[1, 2], [4, 3]]) == [1, 2, 3, 4]


def test_wide():
    assert spiral([[1, 2, 3]]) == [1, 2, 3]


def test_three_rows():
    assert spiral([[1, 2, 3], [8, 9, 4], [7, 6, 5]]) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
