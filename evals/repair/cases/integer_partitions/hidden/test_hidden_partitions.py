from partitions import count_partitions


def listed(number, largest):
    if number == 0:
        return [[]]
    return [
        [part, *rest]
        for part in range(1, min(number, largest) + 1)
        for rest in listed(number - part, part)
    ]


def test_against_listing():
    for number in range(13):
        for largest in range(14):
            assert count_partitions(number, largest) == len(listed(number, largest))
