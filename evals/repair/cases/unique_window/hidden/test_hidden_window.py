import itertools

from window import longest_unique


def test_against_all_stretches():
    for size in range(8):
        for text in itertools.product("abc", repeat=size):
            expected = max(
                (j - i for i in range(size) for j in range(i, size + 1) if len(set(text[i:j])) == j - i),
                default=0,
            )
            assert longest_unique("".join(text)) == expected
