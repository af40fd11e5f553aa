def sift_up(items, position):
    while position:
        parent = (position - 1) // 2
        if items[parent] <= items[position]:
            return
        items[parent], items[position] = items[position], items[parent]
        position = parent


def sift_down(items, position):
    while True:
        child = 2 * position + 1
        right = child + 1
        if child >= len(items):
            return
        if right < len(items) and items[right] < items[position]:
            child = right
        if items[position] <= items[child]:
            return
        items[position], items[child] = items[child], items[position]
        position = child
