import itertools

from rle import decode, encode


def test_against_groupby():
    for size in range(8):
        for letters in itertools.product("ab", repeat=size):
            text = "".join(letters)
            expected = [(k, len(list(g))) for k, g in itertools.groupby(text)]
            assert encode(text) == expected
            assert decode(encode(text)) == text
