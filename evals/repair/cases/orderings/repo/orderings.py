def orderings(items, size=None):
    """All orders of a list, each as a list of its own."""
    size = len(items) if size is None else size
    if size <= 1:
        yield items
        return
    for index in range(size):
        items[index], items[size - 1] = items[size - 1], items[index]
        yield from orderings(items, size - 1)
        items[index], items[size - 1] = items[size - 1], items[index]
