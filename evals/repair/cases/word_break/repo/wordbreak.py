def can_split(text, words):
    """Whether text is a sequence of words; each word may be used again."""
    words = set(words)
    reachable = [True] + [False] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            if reachable[start] and text[:end] in words:
                reachable[end] = True
                break
    return reachable[-1]
