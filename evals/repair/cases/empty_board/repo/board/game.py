from board.grid import Grid


class Game:
    def __init__(self, width=7, height=6, goal=4):
        self.grid = Grid(width, height)
        self.goal = goal
        self.winner = None
        self.turn = 0

    def play(self, column):
        mark = "XO"[self.turn % 2]
        row = self.grid.drop(column, mark)
        if row is None or self.winner:
            return False
        self.turn += 1
        if self.grid.run_through(row, column) >= self.goal:
            self.winner = mark
        return True
