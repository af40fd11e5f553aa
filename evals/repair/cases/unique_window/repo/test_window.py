from window import longest_unique


def test_longest_unique():
    assert longest_unique("abcab") == 3
    assert longest_unique("abba") == 2
