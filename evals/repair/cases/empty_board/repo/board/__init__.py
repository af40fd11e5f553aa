from board.game import Game

__all__ = ["Game"]
