import itertools

from spread import spread


def test_against_lists():
    for size in (1, 2, 4):
        for values in itertools.product((-4, 0, 2, 8), repeat=size):
            mean = sum(values) / size
            assert spread(iter(values)) == (mean, sum(abs(v - mean) for v in values) / size)
