from collections import Counter

from depot.errors import OutOfStock


class OrderDesk:
    def __init__(self, stock):
        self._stock = stock
        self.backlog = []

    def place(self, *wanted):
        """Take all items of an order or none; whether it could be filled."""
        taken = Counter()
        for item, quantity in Counter(wanted).items():
            try:
                self._stock.take(item, quantity)
            except OutOfStock:
                for back, number in taken.items():
                    self._stock.put(back, number)
                self.backlog.append(wanted)
                return False
            taken[item] += quantity
        return True
