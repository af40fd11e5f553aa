def queens(size):
    """Every way to place size queens: tuples of the column in each row."""

    def place(row, columns, rising, falling):
        if row == size:
            yield tuple(columns)
            return
        for column in range(size):
            if (
                column in columns
                or row - column in rising
                or row - column in falling
            ):
                continue
            yield from place(
                row + 1,
                [*columns, column],
                rising | {row - column},
                falling | {row + column},
            )

    return list(place(0, [], set(), set()))
