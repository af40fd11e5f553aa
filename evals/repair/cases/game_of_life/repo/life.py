"""Conway's game of life on an endless board: a board is a set of live cells."""


def _around(cell, alive):
    return sum(
        (cell[0] + row, cell[1] + column) in alive
        for row in (-1, 0, 1)
        for column in (-1, 0, 1)
    )


def step(alive):
    candidates = {
        (row + i, column + j) for row, column in alive for i in (-1, 0, 1) for j in (-1, 0, 1)
    }
    return {
        cell
        for cell in candidates
        if _around(cell, alive) == 3 or (cell in alive and _around(cell, alive) == 2)
    }
