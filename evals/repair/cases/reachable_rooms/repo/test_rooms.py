from rooms import reachable


def test_alone():
    assert reachable({}, "a") == ["a"]


def test_two_ways():
    assert reachable({"a": ["b", "c"], "b": ["d"], "c": ["d"]}, "a") == ["a", "b", "c", "d"]


def test_circle():
    assert reachable({1: [2], 2: [3], 3: [1]}, 2) == [2, 3, 1]
