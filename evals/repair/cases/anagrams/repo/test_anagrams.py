from anagrams import groups


def test_none():
    assert groups([]) == []


def test_groups():
    assert groups(["tea", "tan", "eat", "ant"]) == [["tea", "eat"], ["tan", "ant"]]


def test_letters_count():
    assert groups(["aab", "abb", "ab", "baa"]) == [["aab", "baa"], ["abb"], ["ab"]]
