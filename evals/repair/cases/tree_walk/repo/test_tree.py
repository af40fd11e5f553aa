from tree import height, insert, walk


def build(values):
    root = None
    for value in values:
        root = insert(root, value)
    return root


def test_walk_right_only():
    assert list(walk(build([1, 2, 3]))) == [1, 2, 3]


def test_walk():
    assert list(walk(build([5, 2, 8, 1, 9]))) == [1, 2, 5, 8, 9]


def test_height():
    assert height(build([5, 2, 8, 1])) == 3
