class Node:
    """A node of a binary tree."""

    def __init__(self, name, left=None, right=None):
        self.name = name
        self.left = left
        self.right = right


def common_ancestor(node, one, two):
    """The lowest node that has nodes called `one` and `two` in its tree (both are there)."""
    if node is None or node.name in (one, two):
        return node
    left = common_ancestor(node.left, one, two)
    right = common_ancestor(node.right, one, two)
    if left and right:
        return node
    return left
