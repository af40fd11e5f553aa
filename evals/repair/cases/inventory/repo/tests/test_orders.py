import pytest

from depot.orders import OrderDesk
from depot.stock import Stock


@pytest.fixture
def stock():
    return Stock({"bolt": 5, "nut": 2})


@pytest.fixture
def desk(stock):
    return OrderDesk(stock)


def test_partial(desk, stock):
    assert desk.place("bolt", "bolt", "nut")
    assert (stock.count("bolt"), stock.count("nut")) == (3, 1)


def test_all_or_nothing(desk, stock):
    assert not desk.place("bolt", "nut", "nut", "nut")
    assert stock.count("bolt") == 5
    assert len(desk.backlog) == 1


def test_the_last_ones(desk, stock):
    assert desk.place("nut", "nut")
    assert stock.items() == ["bolt"]
