from gray import from_gray, gray_sequence, to_gray


def test_sequence():
    assert gray_sequence(2) == [0, 1, 3, 2]


def test_inverse():
    assert from_gray(0) == 0
    assert from_gray(2) == 3
    assert from_gray(to_gray(37)) == 37
