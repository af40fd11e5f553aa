def climb(steps, strides=(1, 2), known=None):
    """Ways to climb the steps with the given strides, order counts."""
    if known is None:
        known = {}
    if steps == 0:
        return 0
    if steps in known:
        return known[steps]
    total = sum(climb(steps - stride, strides, known) for stride in strides if stride <= steps)
    known[steps] = total
    return total
