from collections import deque


def two_colour(graph):
    """Give each node 0 or 1 so that neighbours differ; None when that cannot be.

    graph maps a node to its neighbours, both ways. The first node of each
    component in the order of the mapping gets 0.
    """
    colour = {}
    for start in graph:
        if start in colour:
            continue
        colour[start] = 0
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for neighbour in graph[node]:
                if neighbour not in colour:
                    colour[neighbour] = colour[node]
                    queue.append(neighbour)
                elif colour[neighbour] == colour[node]:
                    return None
    return colour
