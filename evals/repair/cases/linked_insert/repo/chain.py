class Node:
    def __init__(self, value, following=None):
        self.value = value
        self.following = following


class SortedChain:
    """A singly linked list that keeps its values in order."""

    def __init__(self, values=()):
        self._head = Node(None)
        for value in values:
            self.insert(value)

    def insert(self, value):
        node = self._head
        while node.following is not None and node.following.value < value:
            node = node.following
        fresh = Node(value)
        node.following = fresh
        fresh.following = node.following

    def __iter__(self):
        node = self._head.following
        while node is not None:
            yield node.value
            node = node.following
