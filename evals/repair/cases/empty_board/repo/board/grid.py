class Grid:
    def __init__(self, width, height):
        self.width = width
        self.height = height
        self.cells = [[" "] * width] * height

    def drop(self, column, mark):
        """Let a mark fall down a column; the row it lands on, or None when it is full."""
        for row in range(self.height - 1, -1, -1):
            if self.cells[row][column] == " ":
                self.cells[row][column] = mark
                return row
        return None

    def run_through(self, row, column):
        """The longest row of equal marks through a cell."""
        mark = self.cells[row][column]
        longest = 1
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            length = 1
            for sign in (1, -1):
                r, c = row + sign * down, column + sign * right
                while 0 <= r < self.height and 0 <= c < self.width and self.cells[r][c] == mark:
                    length += 1
                    r, c = r + sign * down, c + sign * right
            longest = max(longest, length)
        return longest
