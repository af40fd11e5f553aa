class OutOfStock(Exception):
    def __init__(self, item, missing):
        super().__init__(f"{missing} of {item} missing")
        self.item = item
        self.missing = missing
