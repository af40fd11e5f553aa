from itertools import islice

from interleave import interleave


def take(iterator):
    return list(islice(iterator, 10))


def test_nothing():
    assert take(interleave()) == []


def test_first_values():
    assert list(islice(interleave("abc", "xyz"), 4)) == ["a", "x", "b", "y"]


def test_different_lengths():
    assert take(interleave("a", "xyz", "")) == ["a", "x", "y", "z"]
