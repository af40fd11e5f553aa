def longest_unique(text):
    """Length of the longest stretch of text without a repeated letter."""
    last = {}
    start = best = 0
    for position, letter in enumerate(text):
        if letter in last:
            start = last[letter] + 1
        last[letter] = position
        best = max(best, position - start + 1)
    return best
