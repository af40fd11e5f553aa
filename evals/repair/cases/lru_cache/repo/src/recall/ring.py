class RingNode:
    __slots__ = ("after", "before", "key", "value")

    def __init__(self, key, value):
        self.key = key
        self.value = value
        self.before = self.after = self


class Ring:
    """Doubly linked, in order of use; the oldest first."""

    def __init__(self):
        self._anchor = RingNode(None, None)

    def append(self, node):
        last = self._anchor.before
        last.after = node
        node.before = last
        node.after = self._anchor
        self._anchor.before = node

    def remove(self, node):
        node.before.after = node.after
        node.after.before = node.before

    def move_to_end(self, node):
        self.remove(node)
        self.append(node)

    def oldest(self):
        return self._anchor.after

    def __iter__(self):
        node = self._anchor.after
        while node is not self._anchor:
            yield node.key
            node = node.after
