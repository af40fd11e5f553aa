def is_book_number(text):
    """Whether ten characters are a valid ISBN-10, whose last digit may be X for ten."""
    if len(text) != 10:
        return False
    total = 0
    for position, char in enumerate(text):
        value = 10 if char == "X" and position == 9 else int(char)
        total += (9 - position) * value
    return total % 11 == 0
