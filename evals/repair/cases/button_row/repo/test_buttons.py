from buttons import make_buttons, press


def test_last():
    assert press(["a", "b"], ["b"]) == [1]


def test_sequence():
    assert press(["a", "b", "c"], ["c", "a", "b"]) == [2, 0, 1]


def test_times():
    log = []
    make_buttons(["x"], log)["x"](3)
    assert log == [0, 0, 0]
