LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def column_name(number):
    """Spreadsheet name of column number (1 is A, 27 is AA)."""
    name = ""
    while number > 0:
        number, digit = divmod(number, 26)
        name = LETTERS[digit] + name
    return name


def column_number(name):
    number = 0
    for letter in name:
        number = number * 26 + LETTERS.index(letter) + 1
    return number
