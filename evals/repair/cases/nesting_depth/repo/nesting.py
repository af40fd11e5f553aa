def depth(value):
    """How many lists stand around the innermost item; 0 for what is no list."""
    if not isinstance(value, list):
        return 0
    return max((depth(item) for item in value), default=0)
