def all_different(groups):
    for group in groups:
        if len(set(group)) < len(group):
            return False
        return True


def is_solved(grid, size=2):
    """Whether rows, columns and size x size blocks of a grid each hold every number once."""
    blocks = [
        [grid[top + r][left + c] for r in range(size) for c in range(size)]
        for top in range(0, len(grid), size)
        for left in range(0, len(grid), size)
    ]
    return all_different(grid) and all_different(zip(*grid)) and all_different(blocks)
