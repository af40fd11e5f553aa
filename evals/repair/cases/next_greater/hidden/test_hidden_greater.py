import random

from greater import next_greater


def test_against_looking():
    chance = random.Random(3)
    for _ in range(200):
        values = [chance.randrange(-3, 5) for _ in range(chance.randrange(9))]
        expected = [next((b for b in values[i + 1 :] if b > a), None) for i, a in enumerate(values)]
        assert next_greater(values) == expected
