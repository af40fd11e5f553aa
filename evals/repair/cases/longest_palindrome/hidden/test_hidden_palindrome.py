import itertools

from palindrome import longest_palindrome


def brute(text):
    best = ""
    found = []
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            part = text[start:end]
            if part == part[::-1]:
                found.append(part)
    for part in found:
        if len(part) > len(best):
            best = part
    return best


def test_against_brute_force():
    for size in range(7):
        for letters in itertools.product("abc", repeat=size):
            text = "".join(letters)
            assert len(longest_palindrome(text)) == len(brute(text))
            assert longest_palindrome(text) == longest_palindrome(text)[::-1]
            assert longest_palindrome(text) in text
