import pytest

from resilient import GaveUp, retry


class Flaky:
    __name__ = "flaky"

    def __init__(self, failures):
        self.failures = failures
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise ValueError(self.calls)
        return "fine"


def test_second_try():
    slept = []
    assert retry(5, sleep=slept.append)(Flaky(1))() == "fine"
    assert slept == [1.0]


def test_gives_up():
    flaky = Flaky(9)
    slept = []
    with pytest.raises(GaveUp):
        retry(3, sleep=slept.append)(flaky)()
    assert flaky.calls == 3
    assert slept == [1.0, 2.0]


def test_other_errors_pass():
    with pytest.raises(ValueError):
        retry(3, on=KeyError, sleep=None)(Flaky(2))()
