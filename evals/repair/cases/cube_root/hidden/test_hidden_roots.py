from roots import integer_root


def test_definition():
    for degree in (1, 2, 3, 5):
        for number in range(600):
            root = integer_root(number, degree)
            assert root**degree <= number < (root + 1) ** degree


def test_large():
    assert integer_root(10**60, 3) == 10**20
