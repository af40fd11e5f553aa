from caesar import decrypt, encrypt


def test_simple():
    assert encrypt("abc", 2) == "cde"


def test_around_the_end():
    assert encrypt("xyz", 3) == "abc"
    assert encrypt("Zoo!", 1) == "App!"


def test_back():
    assert decrypt("App!", 1) == "Zoo!"
