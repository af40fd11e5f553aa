def counting_sort(values):
    """Sort integers in time linear to their range."""
    if not values:
        return []
    smallest = min(values)
    counts = [0] * (max(values) - smallest)
    for value in values:
        counts[value - smallest] += 1
    ordered = []
    for offset, count in enumerate(counts):
        ordered.extend([offset + smallest] * count)
    return ordered
