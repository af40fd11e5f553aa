from cipher import encipher


def test_short_text():
    assert encipher("ab", "bcd") == "bd"


def test_long_text():
    assert encipher("zzzz", "ab") == "zaza"


def test_one_letter():
    assert encipher("hello", "b") == "ifmmp"
