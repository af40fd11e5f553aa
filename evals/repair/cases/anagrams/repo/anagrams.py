def groups(words):
    """Words that have the same letters, in lists, first ones first."""
    found = {}
    for word in words:
        key = "".join(word)
        found.setdefault(key, []).append(word)
    return list(found.values())
