import random
import statistics

from median import medians


def test_against_statistics():
    rng = random.Random(41)
    for _ in range(100):
        values = [rng.randrange(-20, 20) for _ in range(rng.randrange(1, 15))]
        expected = [statistics.median(values[: n + 1]) for n in range(len(values))]
        assert list(medians(values)) == expected
