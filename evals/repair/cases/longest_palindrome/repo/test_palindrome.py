import pytest

from palindrome import longest_palindrome


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("x", "x"), ("babad", "bab"), ("cbbd", "bb"), ("racecar!", "racecar")],
)
def test_longest_palindrome(text, expected):
    assert longest_palindrome(text) == expected
