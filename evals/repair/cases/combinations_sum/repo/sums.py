def combinations_with_sum(numbers, target):
    """Lists of numbers (each at most once, in the given order) that sum to target."""
    found = []
    chosen = []

    def choose(position, rest):
        if position == len(numbers):
            if rest == 0:
                found.append(chosen)
            return
        chosen.append(numbers[position])
        choose(position + 1, rest - numbers[position])
        chosen.pop()
        choose(position + 1, rest)

    choose(0, target)
    return found
