import random

from book import is_book_number


def test_against_running_sums():
    chance = random.Random(11)
    for _ in range(300):
        digits = [chance.randrange(10) for _ in range(9)]
        rest = sum((index + 1) * digit for index, digit in enumerate(digits)) % 11
        for last in range(11):
            text = "".join(map(str, digits)) + "0123456789X"[last]
            assert is_book_number(text) is (last == rest)
