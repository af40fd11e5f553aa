def fewest_multiplications(sizes):
    """The fewest number products that multiply matrices of sizes[i] by sizes[i + 1]."""
    count = len(sizes) - 1
    cost = [[0] * count for _ in range(count)]
    for length in range(2, count):
        for first in range(count - length + 1):
            last = first + length - 1
            cost[first][last] = min(
                cost[first][cut] + cost[cut + 1][last]
                + sizes[first] * sizes[cut + 1] * sizes[last + 1]
                for cut in range(first, last)
            )
    return cost[0][count - 1]
