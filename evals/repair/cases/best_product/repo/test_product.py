from product import best_product


def test_positive():
    assert best_product([2, 3, 0, 5]) == 6


def test_two_negatives():
    assert best_product([-2, 3, -4]) == 24


def test_one_negative():
    assert best_product([-3]) == -3
