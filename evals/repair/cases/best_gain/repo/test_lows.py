from lows import best_gain


def test_rise():
    assert best_gain([2, 5]) == 3


def test_dip():
    assert best_gain([7, 3, 9, 1, 4]) == 6


def test_fall():
    assert best_gain([9, 7, 4]) == -2
