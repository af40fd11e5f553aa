from headers import read_headers


def test_simple():
    assert read_headers("To: me\nX: 1\nx: 2\n\nBody: no") == {"to": ["me"], "x": ["1", "2"]}


def test_continued():
    assert read_headers("Subject: a\n  b") == {"subject": ["a b"]}


def test_colon_in_value():
    assert read_headers("Host: localhost:80") == {"host": ["localhost:80"]}
