import random
from itertools import islice

from chain import SortedChain


def test_against_sorted():
    rng = random.Random(6)
    for _ in range(100):
        values = [rng.randrange(10) for _ in range(rng.randrange(12))]
        assert list(islice(SortedChain(values), 50)) == sorted(values)
