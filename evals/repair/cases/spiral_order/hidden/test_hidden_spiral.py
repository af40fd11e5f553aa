from spiral import spiral


def peel(rows):
    values = []
    while rows:
        values += rows[0]
        rows = [list(column) for column in zip(*rows[1:])][::-1]
    return values


def test_every_shape():
    for height in range(1, 7):
        for width in range(1, 7):
            rows = [[r * width + c for c in range(width)] for r in range(height)]
            assert spiral(rows) == peel(rows), (height, width)


def test_empty():
    assert spiral([]) == []
