from roots import integer_root


def test_square():
    assert integer_root(10, 2) == 3


def test_cube():
    assert integer_root(27, 3) == 3
    assert integer_root(26, 3) == 2
