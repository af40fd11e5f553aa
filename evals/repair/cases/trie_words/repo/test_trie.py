from trie import Trie


def test_single_letter():
    assert "a" in Trie(["a"])
    assert "b" not in Trie(["a"])


def test_words():
    trie = Trie(["car", "cart", "dog"])
    assert "car" in trie
    assert "cart" in trie
    assert "ca" not in trie


def test_complete():
    assert Trie(["car", "cart", "dog", "cab"]).complete("ca") == ["cab", "car", "cart"]
