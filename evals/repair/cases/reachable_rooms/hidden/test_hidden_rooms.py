import random

from rooms import reachable


def test_against_layers():
    chance = random.Random(2)
    for _ in range(60):
        doors = {a: chance.sample(range(7), chance.randrange(4)) for a in range(7)}
        order, layer = [], [0]
        while layer:
            order += layer
            following = [b for a in layer for b in doors[a] if b not in order]
            layer = list(dict.fromkeys(following))
        assert reachable(doors, 0) == order
