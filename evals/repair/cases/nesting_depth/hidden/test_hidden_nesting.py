import random

from nesting import depth


def build(levels, chance):
    if levels == 0:
        return 7
    others = [build(chance.randrange(levels), chance) for _ in range(chance.randrange(3))]
    place = chance.randint(0, len(others))
    return others[:place] + [build(levels - 1, chance)] + others[place:]


def test_built_values():
    chance = random.Random(5)
    for levels in range(7):
        for _ in range(20):
            assert depth(build(levels, chance)) == levels
