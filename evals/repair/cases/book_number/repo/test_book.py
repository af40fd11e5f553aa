from book import is_book_number


def test_valid():
    assert is_book_number("0306406152")
    assert is_book_number("080442957X")


def test_wrong_digit():
    assert not is_book_number("0306406153")


def test_length():
    assert not is_book_number("030640615")
