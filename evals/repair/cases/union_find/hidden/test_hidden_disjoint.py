import random

from disjoint import DisjointSets


def test_against_labels():
    rng = random.Random(12)
    for _ in range(60):
        size = rng.randrange(1, 12)
        sets, labels = DisjointSets(size), list(range(size))
        for _ in range(15):
            a, b = rng.randrange(size), rng.randrange(size)
            assert sets.join(a, b) == (labels[a] != labels[b])
            old, new = labels[a], labels[b]
            labels = [new if label == old else label for label in labels]
            assert sets.sets == len(set(labels))
            for x in range(size):
                for y in range(size):
                    assert sets.together(x, y) == (labels[x] == labels[y])
