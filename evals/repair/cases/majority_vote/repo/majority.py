def majority(values):
    """The value that fills more than half of values, or None."""
    candidate, votes = None, 0
    for value in values:
        if votes == 0:
            candidate, votes = value, 0
        elif value == candidate:
            votes += 1
        else:
            votes -= 1
    if list(values).count(candidate) * 2 > len(values):
        return candidate
    return None
