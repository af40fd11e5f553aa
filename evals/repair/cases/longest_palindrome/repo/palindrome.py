def _grow(text, left, right):
    while left >= 0 and right < len(text) and text[left] == text[right]:
        left -= 1
        right += 1
    return text[left + 1:right - 1]


def longest_palindrome(text):
    """The first of the longest palindromes in text."""
    best = ""
    for middle in range(len(text)):
        for candidate in (_grow(text, middle, middle), _grow(text, middle, middle + 1)):
            if len(candidate) > len(best):
                best = candidate
    return best
