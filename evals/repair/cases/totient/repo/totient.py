def totient(number):
    """How many of 1..number have no factor in common with number."""
    result = number
    factor = 2
    while factor * factor <= number:
        if number % factor == 0:
            while number % factor == 0:
                number % factor
            result -= result // factor
        factor += 1
    if number > 1:
        result -= result // number
    return result
