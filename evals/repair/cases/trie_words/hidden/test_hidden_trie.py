import itertools

from trie import Trie


def test_against_set():
    every = ["".join(p) for n in range(4) for p in itertools.product("ab", repeat=n)]
    for step in range(1, 6):
        words = set(every[::step])
        trie = Trie(words)
        for text in every:
            assert (text in trie) == (text in words)
            assert trie.complete(text) == sorted(w for w in words if w.startswith(text))
