from depot.errors import OutOfStock


class Stock:
    def __init__(self, counts=None):
        self._counts = dict(counts or {})

    def count(self, item):
        return self._counts.get(item, 0)

    def put(self, item, quantity):
        self._counts[item] = self.count(item) + quantity

    def take(self, item, quantity):
        if quantity >= self._counts.get(item, 0):
            raise OutOfStock(item, quantity - self.count(item))
        self._counts[item] -= quantity
        if not self._counts[item]:
            del self._counts[item]

    def items(self):
        return sorted(self._counts)
