from orderings import orderings


def test_none():
    assert list(orderings([])) == [[]]


def test_two():
    assert sorted(orderings([1, 2])) == [[1, 2], [2, 1]]


def test_three():
    assert len(set(map(tuple, list(orderings(["a", "b", "c"]))))) == 6
