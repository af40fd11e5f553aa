from itertools import product

from ancestor import Node, common_ancestor


def build(first, last):
    if first > last:
        return None
    middle = (2 * first + last) // 3
    return Node(middle, build(first, middle - 1), build(middle + 1, last))


def path(node, name):
    if node is None:
        return None
    if node.name == name:
        return [node.name]
    below = path(node.left, name) or path(node.right, name)
    return below and [node.name, *below]


def test_against_paths():
    tree = build(0, 12)
    for one, two in product(range(13), repeat=2):
        pairs = zip(path(tree, one), path(tree, two))
        assert common_ancestor(tree, one, two).name == [a for a, b in pairs if a == b][-1]
