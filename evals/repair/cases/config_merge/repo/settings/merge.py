def merge(below, above):
    """A new mapping: the values above win, tables are merged key by key."""
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge({}, value)
        else:
            merged[key] = value
    return merged
