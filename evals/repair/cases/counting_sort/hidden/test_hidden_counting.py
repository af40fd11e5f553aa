import random

from counting_sort import counting_sort


def test_against_sorted():
    rng = random.Random(8)
    for _ in range(300):
        values = [rng.randint(-9, 9) for _ in range(rng.randrange(10))]
        assert counting_sort(values) == sorted(values)


def test_one_value():
    assert counting_sort([7]) == [7]
    assert counting_sort([-2, -2]) == [-2, -2]
