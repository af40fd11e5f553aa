def tilings(length):
    """In how many ways tiles of length 1 and 3 fill a strip."""
    if length == 0:
        return 1
    return tilings(length - 1) + tilings(length - 3)
