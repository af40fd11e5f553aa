from inversions import sort_and_count


def test_sorted():
    assert sort_and_count([1, 2, 3]) == ([1, 2, 3], 0)


def test_pair():
    assert sort_and_count([2, 1]) == ([1, 2], 1)


def test_backwards():
    assert sort_and_count([4, 3, 2, 1]) == ([1, 2, 3, 4], 6)


def test_equal():
    assert sort_and_count([2, 2, 1]) == ([1, 2, 2], 2)
