from decimal import Decimal

import pytest

from shop.invoice import Invoice


@pytest.fixture
def invoice():
    return Invoice().add("pen", Decimal("1.05"))
