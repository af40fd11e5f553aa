def sort_and_count(items):
    """The sorted items and how many pairs of them stood in the wrong order."""
    if len(items) < 2:
        return list(items), 0
    middle = len(items) // 2
    left, one = sort_and_count(items[:middle])
    right, two = sort_and_count(items[middle:])
    merged, count, i, j = [], one + two, 0, 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            merged.append(right[j])
            count += len(left) - i - 1
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:], count
