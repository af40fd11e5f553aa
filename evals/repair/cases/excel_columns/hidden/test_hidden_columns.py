import itertools

from columns import LETTERS, column_name, column_number


def test_in_order():
    names = ["".join(p) for n in (1, 2, 3) for p in itertools.product(LETTERS, repeat=n)]
    for number, name in enumerate(names, 1):
        assert column_name(number) == name
        assert column_number(name) == number
