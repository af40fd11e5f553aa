from collections import deque

JUMPS = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]


def knight_moves(size, start, goal):
    """Fewest moves of a knight on a size x size board, or None."""
    queue = deque([(start, 0)])
    seen = {start}
    while queue:
        square, count = queue.pop()
        if square == goal:
            return count
        for right, up in JUMPS:
            after = (square[0] + right, square[1] + up)
            if after not in seen and 0 <= after[0] < size and 0 <= after[1] < size:
                seen.add(after)
                queue.append((after, count + 1))
    return None
