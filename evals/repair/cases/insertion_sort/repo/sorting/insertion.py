def _same(value):
    return value


def insertion_sort(items, key=_same):
    result = list(items)
    for position in range(1, len(result)):
        item = result[position]
        hole = position
        while hole > 1 and key(result[hole - 1]) > key(item):
            result[hole] = result[hole - 1]
            hole -= 1
        result[hole] = item
    return result
