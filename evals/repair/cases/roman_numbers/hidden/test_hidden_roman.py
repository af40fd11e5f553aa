from roman import read_roman

PARTS = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]


def write_roman(number):
    text = ""
    for value, letters in PARTS:
        while number >= value:
            text += letters
            number -= value
    return text


def test_every_number():
    assert [read_roman(write_roman(n)) for n in range(4000)] == list(range(4000))
