from puzzle import is_solved

GOOD = [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]]


def test_solved():
    assert is_solved(GOOD)


def test_bad_first_row():
    assert not is_solved([[1, 1, 3, 4], *GOOD[1:]])


def test_bad_last_row():
    assert not is_solved([*GOOD[:3], [4, 4, 2, 1]])


def test_blocks():
    assert not is_solved([[1, 2, 3, 4], [2, 3, 4, 1], [3, 4, 1, 2], [4, 1, 2, 3]])
