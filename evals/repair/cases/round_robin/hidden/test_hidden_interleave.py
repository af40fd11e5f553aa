import itertools

from interleave import interleave


def test_against_columns():
    missing = object()
    for lengths in itertools.product(range(4), repeat=3):
        rows = [[(n, i) for i in range(length)] for n, length in enumerate(lengths)]
        columns = itertools.zip_longest(*rows, fillvalue=missing)
        expected = [value for column in columns for value in column if value is not missing]
        assert list(itertools.islice(interleave(*rows), 20)) == expected
