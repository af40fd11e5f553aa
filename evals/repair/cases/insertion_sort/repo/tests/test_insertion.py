from sorting import insertion_sort


def test_empty_and_single():
    assert insertion_sort([]) == []
    assert insertion_sort([4]) == [4]


def test_reversed():
    assert insertion_sort([3, 2, 1]) == [1, 2, 3]


def test_key():
    assert insertion_sort(["ccc", "a", "bb"], key=len) == ["a", "bb", "ccc"]
