import random

from life import step


def slow(alive):
    result = set()
    for row in range(-1, 8):
        for column in range(-1, 8):
            near = 0
            for r in range(row - 1, row + 2):
                for c in range(column - 1, column + 2):
                    if (r, c) != (row, column) and (r, c) in alive:
                        near += 1
            if near == 3 or (near == 2 and (row, column) in alive):
                result.add((row, column))
    return result


def test_against_slow():
    rng = random.Random(7)
    for _ in range(60):
        alive = {(rng.randrange(7), rng.randrange(7)) for _ in range(rng.randrange(25))}
        assert step(alive) == slow(alive)


def test_glider_moves():
    glider = {(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)}
    board = glider
    for _ in range(4):
        board = step(board)
    assert board == {(r + 1, c + 1) for r, c in glider}
