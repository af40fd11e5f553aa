def is_fever(celsius):
    return celsius >= 38


def highest(readings):
    return max(readings, default=None)
