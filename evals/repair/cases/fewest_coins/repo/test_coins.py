from coins import fewest_coins


def test_greedy_is_wrong():
    assert fewest_coins([1, 3, 4], 6) == 2


def test_impossible():
    assert fewest_coins([5, 10], 3) is None


def test_nothing():
    assert fewest_coins([2], 0) == 0
