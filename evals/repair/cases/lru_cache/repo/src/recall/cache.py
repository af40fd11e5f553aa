from recall.ring import Ring, RingNode


class RecentCache:
    """Keeps at most `room` entries and drops the one that was not used for longest."""

    def __init__(self, room):
        self._room = room
        self._nodes = {}
        self._order = Ring()

    def __len__(self):
        return len(self._nodes)

    def __contains__(self, key):
        return key in self._nodes

    def keys(self):
        return list(self._order)

    def get(self, key, default=None):
        if key not in self._nodes:
            return default
        node = self._nodes[key]
        return node.value

    def put(self, key, value):
        if key in self._nodes:
            node = self._nodes[key]
            node.value = value
            self._order.move_to_end(node)
            return
        if len(self._nodes) >= self._room:
            oldest = self._order.oldest()
            self._order.remove(oldest)
            del self._nodes[oldest.key]
        node = RingNode(key, value)
        self._nodes[key] = node
        self._order.append(node)
