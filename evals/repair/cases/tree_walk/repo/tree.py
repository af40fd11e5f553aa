from dataclasses import dataclass
from typing import Optional


@dataclass
class Node:
    value: int
    left: Optional["Node"] = None
    right: Optional["Node"] = None


def insert(root, value):
    if root is None:
        return Node(value)
    if value < root.value:
        root.left = insert(root.left, value)
    else:
        root.right = insert(root.right, value)
    return root


def walk(root):
    """The values of a search tree in order."""
    if root is not None:
        walk(root.left)
        yield root.value
        yield from walk(root.right)


def height(root):
    return 0 if root is None else 1 + max(height(root.left), height(root.right))
