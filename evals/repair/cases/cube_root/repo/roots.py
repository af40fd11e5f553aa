def integer_root(number, degree):
    """The largest r with r ** degree <= number, for number >= 0."""
    low, high = 0, number + 1
    while low < high:
        middle = (low + high) // 2
        if middle**degree <= number:
            low = middle
        else:
            high = middle
    return low - 1
