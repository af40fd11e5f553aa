import itertools

from multisort import sort_rows


def test_all_directions():
    rows = [{"a": a, "b": b, "n": n} for n, (a, b) in enumerate(itertools.product([1, 2, None], repeat=2))]
    for first, second in itertools.product(["asc", "desc"], repeat=2):
        result = sort_rows(rows, [("a", first), ("b", second)])

        def rank(row):
            parts = []
            for name, direction in (("a", first), ("b", second)):
                value = row[name]
                sign = -1 if direction == "desc" else 1
                parts.append((1, 0) if value is None else (0, sign * value))
            return parts

        assert result == sorted(rows, key=rank)
