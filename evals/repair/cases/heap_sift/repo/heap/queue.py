from heap.sift import sift_down, sift_up


class PriorityQueue:
    def __init__(self, items=()):
        self._items = []
        for item in items:
            self.push(item)

    def __len__(self):
        return len(self._items)

    def push(self, item):
        self._items.append(item)
        sift_up(self._items, len(self._items) - 1)

    def pop(self):
        if not self._items:
            raise IndexError("pop from an empty queue")
        smallest = self._items[0]
        last = self._items.pop()
        if self._items:
            self._items[0] = last
            sift_down(self._items, 0)
        return smallest
