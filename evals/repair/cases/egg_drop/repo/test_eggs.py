from eggs import drops


def test_one_egg():
    assert drops(1, 7) == 7


def test_two_eggs():
    assert drops(2, 6) == 3


def test_more_eggs():
    assert drops(3, 4) == 3
