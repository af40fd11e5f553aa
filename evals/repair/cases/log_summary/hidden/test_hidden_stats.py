import random

from logwise.record import Record
from logwise.stats import busiest_hour


def test_against_counting():
    rng = random.Random(13)
    for _ in range(200):
        hours = [rng.randrange(6) for _ in range(rng.randrange(1, 12))]
        most = max(hours.count(hour) for hour in hours)
        expected = next(hour for hour in range(6) if hours.count(hour) == most)
        assert busiest_hour([Record(hour, 0, "INFO", "") for hour in hours]) == expected
