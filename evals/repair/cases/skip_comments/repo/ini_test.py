from ini import read_ini


def test_values():
    assert read_ini("a = 1\nb=2=3") == {"": {"a": "1", "b": "2=3"}}


def test_sections():
    assert read_ini("[x]\na=1\n[ y ]\nb=2") == {"": {}, "x": {"a": "1"}, "y": {"b": "2"}}


def test_comments():
    assert read_ini("# first\na=1\n\n; more\nb=2") == {"": {"a": "1", "b": "2"}}
