import itertools

from wordbreak import can_split


def slow(text, words):
    return not text or any(text.startswith(w) and slow(text[len(w):], words) for w in words)


def test_against_recursion():
    for words in (["a"], ["ab", "b"], ["aab", "ba", "a"], ["bb", "aba"]):
        for size in range(8):
            for letters in itertools.product("ab", repeat=size):
                text = "".join(letters)
                assert can_split(text, words) == slow(text, words)
