import pytest

from totient import totient


@pytest.mark.parametrize(("number", "expected"), [(1, 1), (7, 6), (9, 6), (12, 4), (97, 96)])
def test_totient(number, expected):
    assert totient(number) == expected
