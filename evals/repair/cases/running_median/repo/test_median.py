import pytest

from median import RunningMedian, medians


def test_none():
    with pytest.raises(ValueError):
        RunningMedian().median()


def test_one():
    assert list(medians([5])) == [5]


def test_stream():
    assert list(medians([5, 1, 9, 2])) == [5, 3, 5, 3.5]
