import math


def ordered(tree, low=-math.inf, high=math.inf):
    """Whether a tree (value, left, right) or None is a strict search tree."""
    if tree is None:
        return True
    value, left, right = tree
    if not low < value < high:
        return False
    return ordered(left, low, value) and ordered(right, low, high)
