def next_greater(values):
    """For each value the first later one that is greater, or None."""
    result = [None] * len(values)
    waiting = []
    for index, value in enumerate(values):
        while waiting and values[waiting[-1]] <= value:
            result[waiting.pop()] = value
        waiting.append(index)
    return result
