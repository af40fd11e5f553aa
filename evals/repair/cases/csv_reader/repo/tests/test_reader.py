from tables import read_table


def test_numbers():
    assert read_table("a,b\n1,2.5\n") == [{"a": 1, "b": 2.5}]


def test_quoted_separator():
    assert read_table('name,n\n"Doe, Jo",3\n') == [{"name": "Doe, Jo", "n": 3}]


def test_quoted_quote():
    assert read_table('t\n"say ""hi"" now"\n') == [{"t": 'say "hi" now'}]


def test_empty():
    assert read_table("") == []
