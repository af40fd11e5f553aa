import pytest

from billing.tax import UnknownRegionError, tax_on


def test_tax_is_charged_at_home():
    assert tax_on(100_00, "home") == 19_00


def test_businesses_elsewhere_declare_it_themselves():
    assert tax_on(100_00, "reduced", business=True) == 0
    assert tax_on(100_00, "home", business=True) == 19_00


def test_unknown_region_names_the_known_ones():
    with pytest.raises(UnknownRegionError, match="export, home, reduced"):
        tax_on(1, "moon")
