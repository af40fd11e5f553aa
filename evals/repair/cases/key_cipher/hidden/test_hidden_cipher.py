import random
from itertools import cycle

from cipher import encipher

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_against_table():
    chance = random.Random(1)
    for _ in range(200):
        text = "".join(chance.choices(LETTERS, k=chance.randrange(12)))
        key = "".join(chance.choices(LETTERS, k=chance.randint(1, 5)))
        shifts = [LETTERS.index(letter) for _, letter in zip(text, cycle(key))]
        rows = [LETTERS[shift:] + LETTERS[:shift] for shift in shifts]
        assert encipher(text, key) == "".join(r[LETTERS.index(c)] for r, c in zip(rows, text))
