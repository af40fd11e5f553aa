import itertools

from puzzle import all_different, is_solved


def test_all_different():
    for rows in itertools.product(itertools.product((1, 2, 3), repeat=2), repeat=3):
        assert all_different(rows) == all(a != b for a, b in rows)


def test_one_change_is_seen():
    good = [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]]
    assert is_solved(good)
    for row, column, value in itertools.product(range(4), range(4), range(1, 5)):
        grid = [list(line) for line in good]
        grid[row][column] = value
        assert is_solved(grid) == (grid == good)
