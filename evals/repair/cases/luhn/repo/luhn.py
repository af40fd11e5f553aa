def luhn_sum(digits):
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        if position % 2 == 0:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return total


def is_valid(number):
    digits = number.replace(" ", "")
    return digits.isdigit() and luhn_sum(digits) % 10 == 0


def check_digit(number):
    """The digit to append to make number valid."""
    return str(-luhn_sum(number + "0") % 10)
