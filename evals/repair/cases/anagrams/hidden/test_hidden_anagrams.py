import random
from collections import Counter

from anagrams import groups


def test_against_counting():
    chance = random.Random(9)
    for _ in range(100):
        words = ["".join(chance.choices("abc", k=chance.randrange(4))) for _ in range(8)]
        expected = []
        for word in words:
            for group in expected:
                if Counter(group[0]) == Counter(word):
                    group.append(word)
                    break
            else:
                expected.append([word])
        assert groups(words) == expected
