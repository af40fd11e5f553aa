from temperature import highest, is_fever


def test_fever():
    assert is_fever(38.0)
    assert not is_fever(37.4)


def test_highest():
    assert highest([36.5, 39.1]) == 39.1
    assert highest([]) is None
