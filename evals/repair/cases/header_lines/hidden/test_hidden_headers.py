from headers import read_headers


def test_values():
    values = ["", "a", "a:b", "::", "12:30:59", "x: y", "http://h:1/p?q=a:b"]
    text = "".join(f"N{n}: {value}\n" for n, value in enumerate(values))
    assert read_headers(text) == {f"n{n}": [value] for n, value in enumerate(values)}
