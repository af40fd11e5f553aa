VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def read_roman(text):
    total = 0
    values = [VALUES[letter] for letter in text.upper()]
    for value, following in zip(values, values[1:] + [0]):
        if value <= following:
            total -= value
        else:
            total += value
    return total
