class DisjointSets:
    """Sets that can only grow together."""

    def __init__(self, count):
        self._parent = list(range(count))
        self.sets = count

    def find(self, member):
        while self._parent[member] != member:
            self._parent[member] = self._parent[self._parent[member]]
            member = self._parent[member]
        return member

    def join(self, low, high):
        """Join the sets of two members; whether they were apart."""
        low_root, high_root = self.find(low), self.find(high)
        if low_root == high_root:
            return False
        self._parent[low] = high
        self.sets -= 1
        return True

    def together(self, left, right):
        return self.find(left) == self.find(right)
