from rotated import find_rotated


def test_finds_in_left_part():
    assert find_rotated([5, 7, 9, 1, 3], 7) == 1


def test_finds_in_right_part():
    assert find_rotated([5, 7, 9, 1, 3], 3) == 4


def test_pair():
    assert find_rotated([3, 1], 1) == 1


def test_missing():
    assert find_rotated([5, 7, 9, 1, 3], 4) == -1
