import pytest

from board import Game


@pytest.mark.parametrize(
    ("columns", "winner"),
    [([0, 1, 0, 1, 0, 1, 0], "X"), ([0, 6, 1, 6, 2, 6, 3], "X"), ([0, 1, 2], None)],
)
def test_winner(columns, winner):
    game = Game()
    for column in columns:
        assert game.play(column)
    assert game.winner == winner


def test_full_column():
    game = Game(height=2)
    assert [game.play(0) for _ in range(3)] == [True, True, False]
