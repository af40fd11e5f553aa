from circle import elimination_order


def test_one_by_one():
    assert elimination_order("abc", 1) == ["a", "b", "c"]


def test_every_second():
    assert elimination_order([1, 2, 3, 4, 5], 2) == [2, 4, 1, 5, 3]


def test_long_step():
    assert elimination_order([1, 2], 5) == [1, 2]
