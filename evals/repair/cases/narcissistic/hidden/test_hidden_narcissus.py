from narcissus import is_narcissistic


def test_known_ones():
    known = [n for n in range(10000) if is_narcissistic(n)]
    assert known == [*range(10), 153, 370, 371, 407, 1634, 8208, 9474]
