from tilings import tilings


def test_nothing():
    assert tilings(0) == 1


def test_short():
    assert tilings(2) == 1


def test_longer():
    assert tilings(3) == 2
    assert tilings(6) == 6
