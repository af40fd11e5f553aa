import pytest

from billing.money import percent_of, show


@pytest.mark.parametrize(
    ("cents", "percent", "share"),
    [(1000, 19, 190), (50, 1, 1), (49, 1, 0), (-50, 1, -1), (0, 20, 0)],
)
def test_percent_is_rounded_half_up(cents, percent, share):
    assert percent_of(cents, percent) == share


def test_amounts_are_shown_with_thousands_and_two_digits():
    assert [show(5), show(123450), show(-990)] == ["0.05", "1,234.50", "-9.90"]
