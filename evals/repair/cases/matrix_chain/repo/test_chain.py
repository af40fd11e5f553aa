from chain import fewest_multiplications


def test_one():
    assert fewest_multiplications([3, 4]) == 0


def test_two():
    assert fewest_multiplications([2, 3, 4]) == 24


def test_three():
    assert fewest_multiplications([10, 30, 5, 60]) == 4500
