import itertools
from collections import Counter

from majority import majority


def test_against_counter():
    for size in range(8):
        for values in itertools.product((1, 2, 3), repeat=size):
            top = Counter(values).most_common(1)
            expected = top[0][0] if top and top[0][1] * 2 > size else None
            assert majority(list(values)) == expected
