from knight import knight_moves


def test_against_rounds():
    for size in (1, 2, 3, 4, 5):
        cells = [(x, y) for x in range(size) for y in range(size)]
        for start in cells:
            count = {start: 0}
            for turn in range(1, size * size):
                for x, y in [c for c in cells if count.get(c) == turn - 1]:
                    for a, b in cells:
                        if {abs(a - x), abs(b - y)} == {1, 2}:
                            count.setdefault((a, b), turn)
            for goal in cells:
                assert knight_moves(size, start, goal) == count.get(goal)
