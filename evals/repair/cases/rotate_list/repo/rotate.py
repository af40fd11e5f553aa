def rotated(items, steps):
    """The items moved to the left by some steps, those that leave coming back at the end."""
    if not items:
        return []
    steps %= len(items)
    return items[steps:] + items[: steps - 1]
