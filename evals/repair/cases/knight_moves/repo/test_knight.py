from knight import knight_moves


def test_stay():
    assert knight_moves(8, (0, 0), (0, 0)) == 0


def test_corner_to_corner():
    assert knight_moves(8, (0, 0), (7, 7)) == 6


def test_one_jump():
    assert knight_moves(8, (0, 0), (2, 1)) == 1


def test_small_board():
    assert knight_moves(3, (0, 0), (1, 1)) is None
