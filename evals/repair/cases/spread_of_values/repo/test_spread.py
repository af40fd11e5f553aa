from spread import spread


def test_empty():
    assert spread([]) == (0.0, 0.0)


def test_equal():
    assert spread([3, 3]) == (3.0, 0.0)


def test_apart():
    assert spread(["1", "5"]) == (3.0, 2.0)
    assert spread(iter([0, 0, 0, 4])) == (1.0, 1.5)
