import itertools
import random

from colouring import two_colour


def test_against_all_colourings():
    rng = random.Random(5)
    for _ in range(150):
        size = rng.randrange(1, 7)
        graph = {n: [] for n in range(size)}
        for a, b in itertools.combinations(range(size), 2):
            if rng.random() < 0.35:
                graph[a].append(b)
                graph[b].append(a)
        possible = any(
            all(colours[a] != colours[b] for a in graph for b in graph[a])
            for colours in itertools.product((0, 1), repeat=size)
        )
        found = two_colour(graph)
        assert (found is not None) == possible
        if found is not None:
            assert set(found.values()) <= {0, 1}
            assert all(found[a] != found[b] for a in graph for b in graph[a])
            assert found[0] == 0
