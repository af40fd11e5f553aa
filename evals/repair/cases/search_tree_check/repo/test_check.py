from check import ordered


def test_good():
    assert ordered((5, (3, None, None), (8, (7, None, None), None)))
    assert ordered(None)


def test_bad_left():
    assert not ordered((5, (6, None, None), None))


def test_bad_right():
    assert not ordered((5, None, (4, None, None)))


def test_deep():
    assert not ordered((5, None, (8, (4, None, None), None)))
