def is_narcissistic(number):
    """Whether a number is the sum of its digits, each to the power of how many there are."""
    digits = [int(digit) for digit in str(number)]
    return number == sum(digit * len(digits) for digit in digits)
