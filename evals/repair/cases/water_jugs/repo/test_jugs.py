from jugs import fewest_moves


def test_fill():
    assert fewest_moves((3, 5), 5) == 1


def test_four_litres():
    assert fewest_moves((3, 5), 4) == 6


def test_impossible():
    assert fewest_moves((2, 4), 3) is None
