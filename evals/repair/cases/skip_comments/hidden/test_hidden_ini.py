import itertools

from ini import read_ini


def test_order_of_lines():
    lines = ["# c=9", "; d=9", "", "a=1", "b=2"]
    for order in itertools.permutations(lines):
        assert read_ini("\n".join(order)) == {"": {"a": "1", "b": "2"}}


def test_section_again():
    assert read_ini("[s]\na=1\n[t]\n#\n[s]\nb=2") == {"": {}, "s": {"a": "1", "b": "2"}, "t": {}}
