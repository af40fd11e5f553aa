def spread(values):
    """Mean and mean distance from it, of any iterable; (0.0, 0.0) when empty."""
    values = (float(value) for value in values)
    count = total = 0
    for value in values:
        count += 1
        total += value
    if not count:
        return 0.0, 0.0
    mean = total / count
    return mean, sum(abs(value - mean) for value in values) / count
