from colouring import two_colour


def test_pair():
    assert two_colour({"a": ["b"], "b": ["a"]}) == {"a": 0, "b": 1}


def test_triangle():
    assert two_colour({1: [2, 3], 2: [1, 3], 3: [1, 2]}) is None


def test_path_and_lonely():
    graph = {1: [2], 2: [1, 3], 3: [2], 9: []}
    assert two_colour(graph) == {1: 0, 2: 1, 3: 0, 9: 0}
