from narcissus import is_narcissistic


def test_digit():
    assert is_narcissistic(7)


def test_three_digits():
    assert is_narcissistic(153)
    assert not is_narcissistic(154)


def test_ten():
    assert not is_narcissistic(10)
