from nesting import depth


def test_plain():
    assert depth(3) == 0


def test_empty():
    assert depth([]) == 1


def test_mixed():
    assert depth([1, [2, [3]], 4]) == 3
