import itertools

from buttons import make_buttons, press


def test_every_order():
    for order in itertools.permutations("abcd"):
        assert press("abcd", order) == ["abcd".index(letter) for letter in order]


def test_times():
    log = []
    buttons = make_buttons("ab", log)
    buttons["a"](2)
    buttons["b"](1)
    assert log == [0, 0, 1]
