def best_product(numbers):
    """The largest product of a run of neighbours; numbers is not empty."""
    best = 0
    highest = lowest = 1
    for number in numbers:
        candidates = (number, number * highest, number * lowest)
        highest, lowest = max(candidates), min(candidates)
        best = max(best, highest)
    return best
