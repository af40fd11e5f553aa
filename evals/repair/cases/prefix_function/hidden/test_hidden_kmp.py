import itertools

from kmp import find_all, prefix_table


def border(text):
    return max((n for n in range(len(text)) if text[:n] == text[len(text) - n:]), default=0)


def test_table():
    for size in range(1, 9):
        for letters in itertools.product("ab", repeat=size):
            pattern = "".join(letters)
            expected = [border(pattern[: n + 1]) for n in range(size)]
            assert prefix_table(pattern) == expected


def test_find():
    for size in range(1, 5):
        for letters in itertools.product("ab", repeat=size):
            pattern = "".join(letters)
            for text in ("abaababaabab", "aaaaaa", "", "bbaab"):
                expected = [n for n in range(len(text)) if text.startswith(pattern, n)]
                assert find_all(pattern, text) == expected
