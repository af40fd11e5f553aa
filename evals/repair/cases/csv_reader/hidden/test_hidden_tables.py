import csv
import io
import itertools

from tables.scanner import split_line


def test_against_csv():
    words = ["", "a", 'x"y', '""', "p,q", 'a "b", c', '"']
    for fields in itertools.product(words, repeat=3):
        sink = io.StringIO()
        csv.writer(sink, quoting=csv.QUOTE_ALL).writerow(fields)
        assert split_line(sink.getvalue().strip("\r\n")) == list(fields)


def test_unquoted():
    assert split_line("a,,b,") == ["a", "", "b", ""]
