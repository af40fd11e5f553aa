from itertools import permutations

from orderings import orderings


def test_against_itertools():
    for size in range(6):
        items = list(range(size))
        found = list(orderings(items))
        assert items == list(range(size))
        assert sorted(found) == sorted(map(list, permutations(range(size))))
