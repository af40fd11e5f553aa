from ancestor import Node, common_ancestor

TREE = Node("a", Node("b", Node("c"), Node("d")), Node("e", None, Node("f", Node("g"))))


def find(one, two):
    return common_ancestor(TREE, one, two).name


def test_both_sides():
    assert find("b", "e") == "a"


def test_siblings():
    assert find("c", "d") == "b"


def test_right():
    assert find("e", "g") == "e"
    assert find("g", "f") == "f"
    assert find("d", "g") == "a"
