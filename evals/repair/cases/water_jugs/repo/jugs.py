from collections import deque


def moves(state, sizes):
    for source in range(len(sizes)):
        yield state[:source] + (sizes[source],) + state[source + 1:]
        yield state[:source] + (0,) + state[source + 1:]
        for target in range(len(sizes)):
            if source == target:
                continue
            moved = max(state[source], sizes[target] - state[target])
            after = list(state)
            after[source] -= moved
            after[target] += moved
            yield tuple(after)


def fewest_moves(sizes, wanted, limit=10000):
    """Fewest fills, empties and pours until some jug holds wanted; None if impossible."""
    start = (0,) * len(sizes)
    seen, queue = {start}, deque([(start, 0)])
    while queue and len(seen) < limit:
        state, count = queue.popleft()
        if wanted in state:
            return count
        for after in moves(state, sizes):
            if after not in seen:
                seen.add(after)
                queue.append((after, count + 1))
    return None
