def all_distances(weights):
    """Shortest distances between all nodes of a directed graph, given as a matrix of weights."""
    size = len(weights)
    distances = [list(row) for row in weights]
    for middle in range(size):
        for start in range(size):
            for end in range(size):
                through = distances[start][middle] + distances[end][middle]
                if through < distances[start][end]:
                    distances[start][end] = through
    return distances
