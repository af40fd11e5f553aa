from repeats import expand


def test_plain():
    assert expand("abc") == "abc"


def test_group_first():
    assert expand("2[ab]c") == "ababc"


def test_group_later():
    assert expand("x2[y]z") == "xyyz"
    assert expand("a10[b]") == "abbbbbbbbbb"


def test_nested():
    assert expand("2[a2[b]c]") == "abbcabbc"
