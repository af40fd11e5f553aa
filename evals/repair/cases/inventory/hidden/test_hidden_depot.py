import random

import pytest
from depot.errors import OutOfStock
from depot.stock import Stock


def test_against_numbers():
    rng = random.Random(17)
    stock, count = Stock(), 0
    for _ in range(500):
        quantity = rng.randrange(1, 5)
        if rng.random() < 0.5:
            stock.put("x", quantity)
            count += quantity
        elif quantity <= count:
            stock.take("x", quantity)
            count -= quantity
        else:
            with pytest.raises(OutOfStock) as caught:
                stock.take("x", quantity)
            assert caught.value.missing == quantity - count
        assert stock.count("x") == count
        assert stock.items() == (["x"] if count else [])
