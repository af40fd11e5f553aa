"""Search in a sorted list that was rotated by an unknown amount."""


def find_rotated(items, wanted):
    """Index of wanted in items, or -1.

    >>> find_rotated([5, 7, 9, 1, 3], 1)
    3
    """
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[low] < items[middle]:
            if items[low] <= wanted < items[middle]:
                high = middle - 1
            else:
                low = middle + 1
        elif items[middle] < wanted <= items[high]:
            low = middle + 1
        else:
            high = middle - 1
    return -1
