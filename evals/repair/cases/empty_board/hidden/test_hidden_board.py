from board import Game
from board.grid import Grid


def test_marks_stack():
    grid = Grid(3, 4)
    assert [grid.drop(1, m) for m in "abcde"] == [3, 2, 1, 0, None]
    assert grid.cells == [[" ", m, " "] for m in "dcba"]


def test_diagonals():
    game = Game(4, 4, goal=3)
    for column in (0, 1, 1, 2, 2, 0, 2):
        assert game.play(column)
    assert game.winner == "X"


def test_rows_are_apart():
    grid = Grid(2, 5)
    assert len({id(row) for row in grid.cells}) == 5
