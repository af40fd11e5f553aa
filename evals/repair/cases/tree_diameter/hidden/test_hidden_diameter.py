import random
from collections import deque

from diameter import longest_path


def grow(rng, size):
    children = {0: []}
    for node in range(1, size):
        children[node] = []
        children[rng.randrange(node)].append(node)
    return children


def as_tuple(children, node=0):
    return tuple(as_tuple(children, child) for child in children[node])


def farthest(children, start):
    near = {n: list(c) for n, c in children.items()}
    for node, below in children.items():
        for child in below:
            near[child].append(node)
    seen, queue = {start: 0}, deque([start])
    while queue:
        node = queue.popleft()
        for other in near[node]:
            if other not in seen:
                seen[other] = seen[node] + 1
                queue.append(other)
    return max(seen.values())


def test_against_all_pairs():
    rng = random.Random(1)
    for _ in range(80):
        children = grow(rng, rng.randrange(1, 14))
        expected = max(farthest(children, node) for node in children)
        assert longest_path(as_tuple(children)) == expected
