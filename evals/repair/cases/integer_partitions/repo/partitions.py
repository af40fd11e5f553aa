from functools import lru_cache


@lru_cache(maxsize=None)
def count_partitions(number, largest):
    """Ways to write number as a sum of parts of at most largest, order ignored."""
    if number == 0:
        return 1
    if number < 0 or largest == 0:
        return 0
    return count_partitions(number - largest, largest) + count_partitions(number, largest)
