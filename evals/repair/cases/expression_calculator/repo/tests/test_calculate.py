import pytest

from calc import calculate


def test_simple():
    assert calculate("1 + 2*3") == 7


def test_brackets():
    assert calculate("(1 + 2) * -3") == -9


def test_chain():
    assert calculate("10 - 3 - 2") == 5
    assert calculate("10 - 3 + 2") == 9


def test_error():
    with pytest.raises(ValueError):
        calculate("(1 + 2")
