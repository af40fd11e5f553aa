from partitions import count_partitions


def test_small():
    assert count_partitions(0, 4) == 1
    assert count_partitions(4, 4) == 5


def test_limited_parts():
    assert count_partitions(5, 2) == 3


def test_impossible():
    assert count_partitions(-1, 3) == 0
    assert count_partitions(3, 0) == 0
