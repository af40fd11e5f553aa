import random

from fill import fill


def expected(image, row, column, colour):
    old, area, todo = image[row][column], set(), [(row, column)]
    while todo:
        r, c = todo.pop()
        inside = 0 <= r < len(image) and 0 <= c < len(image[0])
        if inside and image[r][c] == old and (r, c) not in area:
            area.add((r, c))
            todo += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
    return [
        [colour if (r, c) in area else value for c, value in enumerate(line)]
        for r, line in enumerate(image)
    ]


def test_against_worklist():
    rng = random.Random(9)
    for _ in range(200):
        height, width = rng.randrange(1, 5), rng.randrange(1, 5)
        image = [[rng.randrange(2) for _ in range(width)] for _ in range(height)]
        row, column, colour = rng.randrange(height), rng.randrange(width), rng.randrange(3)
        goal = expected(image, row, column, colour)
        assert fill(image, row, column, colour) == goal
