from kmp import find_all, prefix_table


def test_table_simple():
    assert prefix_table("abab") == [0, 0, 1, 2]


def test_find():
    assert find_all("aba", "ababa") == [0, 2]


def test_table_fallback():
    assert prefix_table("aabaaab") == [0, 1, 0, 1, 2, 2, 3]
