def drops(eggs, floors):
    """The fewest trial drops that surely find the highest safe floor."""
    if floors == 0 or eggs == 1:
        return floors
    best = floors
    for first in range(1, floors + 1):
        broken = drops(eggs - 1, first - 1)
        whole = drops(floors - first, eggs)
        best = min(best, 1 + max(broken, whole))
    return best
